import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

test('an option that a rebuild does not know is a failure in plain words, not an archive that differs', async () => {
  const failed = promisify(execFile)(process.execPath, [program, '--verify', '--chain']);
  const { code, stderr } = (await failed.catch((error: unknown) => error)) as { code: number; stderr: string };
  expect(code).toBe(2);
  expect(stderr).toMatch(/^Unknown option '--chain'[^\n]*\n$/);
});
