import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort, isAlive } from '@parley/servers';
import { expect, test } from 'vitest';

const orphaning = `
  import { AppProcess } from '@parley/stack';
  const { role, ...env } = process.env;
  const app = new AppProcess({ role, env });
  app.launch();
  console.log(app.pid);
  setInterval(() => undefined, 1_000);
`;

test.each(['api', 'worker'])('a test process that is killed leaves no %s behind', async (role) => {
  const nowhere = await freePort();
  const env = {
    PATH: process.env.PATH,
    REDIS_URL: `redis://127.0.0.1:${nowhere}`,
    MONGODB_URL: `mongodb://127.0.0.1:${nowhere}`,
    PARLEY_TOKEN_SECRET: 'a'.repeat(43),
    PARLEY_SETUP_CODE: 'a-setup-code',
    PORT: String(await freePort()),
    role,
  };
  const options = {
    cwd: import.meta.dirname,
    env,
    stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'],
  };
  const parent = spawn(process.execPath, ['--input-type=module', '-e', orphaning], options);
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(pid.toString());
  expect(isAlive(child)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(child)).toBe(false);
});
