import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { machine } from './machine.ts';

it('names the version of the server that was used, wherever its program lies', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-machine-'));
  const program = join(folder, 'mongod');
  await writeFile(program, '#!/bin/sh\necho "db version v6.0.5"\necho "Build Info: {"\n', { mode: 0o755 });
  const { versions } = await machine((kind) =>
    kind === 'mongodb' ? Promise.resolve(program) : Promise.reject(new Error('There is none.')),
  );
  expect(versions).toMatchObject({ mongod: 'db version v6.0.5', redis: 'not here' });
  await rm(folder, { recursive: true });
});
