// Takes the pictures of docs/screenshots from the real app: the browser tests look at every screen and keep what they
// see, and these are the ones for people.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const chosen = [
  ...['desktop-light-timeline', 'desktop-dark-details', 'desktop-dark-switcher', 'desktop-light-new'],
  ...['phone-light-list', 'phone-dark-list', 'phone-light-timeline', 'phone-light-offline'],
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const all = mkdtempSync(join(tmpdir(), 'parley-pictures-'));
const done = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'e2e', 'look.e2e.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PARLEY_SCREENSHOTS: all },
});
if (done.status === 0) {
  const kept = join(root, 'docs/screenshots');
  mkdirSync(kept, { recursive: true });
  for (const name of chosen) copyFileSync(join(all, `${name}.png`), join(kept, `${name}.png`));
}
rmSync(all, { recursive: true });
process.exitCode = done.status ?? 1;
