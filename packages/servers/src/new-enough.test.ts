import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { newEnoughProgram } from './new-enough.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-path-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Puts a program into the folder that only says its version. @returns its path. */
function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('a server program on PATH', () => {
  it.each([
    ['redis', 'redis-server', 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64'],
    ['redis', 'valkey-server', 'Valkey server v=9.1.0 sha=00000000:0 malloc=libc bits=64'],
    ['mongodb', 'mongod', 'db version v6.0.5'],
    ['mongodb', 'mongod', 'db version v10.0.0-rc1'],
  ] as const)('%s: %s that says "%s" is taken', async (kind, name, said) => {
    const path = program(name, `echo "${said}"`);
    expect(await newEnoughProgram(kind, folder)).toEqual({ program: path, passedOver: [] });
  });

  it.each([
    ['redis', 'redis-server', 'echo "Redis server v=6.0.16 sha=00000000:0"', 'is version 6.0.16, and Parley needs 7'],
    ['mongodb', 'mongod', 'echo "db version v5.0.31"', 'is version 5.0.31, and Parley needs 6'],
    ['mongodb', 'mongod', 'echo "libcrypto.so.3: cannot open" >&2; exit 127', 'does not run here'],
    ['redis', 'redis-server', 'echo hello', 'does not name its version'],
  ] as const)('%s: %s that does `%s` is passed over, and it says why', async (kind, name, script, why) => {
    const path = program(name, script);
    const found = await newEnoughProgram(kind, folder);
    expect(found).toMatchObject({ program: undefined, passedOver: [expect.stringContaining(`${path} ${why}`)] });
  });

  it('the next one is taken where the first is too old', async () => {
    const old = program('redis-server', 'echo "Redis server v=6.2.0"');
    const good = program('good', 'echo "Valkey server v=8.0.1"');
    symlinkSync(good, join(folder, 'valkey-server'));
    const found = await newEnoughProgram('redis', folder);
    expect(found.program).toBe(join(folder, 'valkey-server'));
    expect(found.passedOver).toEqual([`${old} is version 6.2.0, and Parley needs 7 or newer`]);
  });
});
