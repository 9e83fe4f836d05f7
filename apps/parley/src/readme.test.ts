import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ROOT } from './config.ts';

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const readme = read('README.md');

describe('README alone suffices', () => {
  it('for docker compose: a recipe writes each variable that docker-compose.yml takes secrets from', () => {
    const [, recipe = ''] = /```sh\n([^`]*> \.env[^`]*)```/.exec(readme) ?? [];
    const demanded = [...read('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    expect(demanded).toContain('PARLEY_TOKEN_SECRET');
    for (const name of [...demanded, 'PARLEY_SETUP_CODE']) expect(recipe).toContain(`echo "${name}=`);
  });

  it('for the flag that a refusal names, and for the browser that the tests need', () => {
    expect(readme).toContain('PARLEY_ACCEPT_LOSS=yes');
    expect(readme).toMatch(/`npm test` needs Chromium.*`chromium`.*`CHROMIUM=/);
  });
});

describe('docs/configuration.md alone suffices', () => {
  const page = read('docs/configuration.md');

  it.each(['api', 'worker', 'parley'])('for every variable that %s reads, in a row that says who reads it', (app) => {
    const names = [...read(`apps/${app}/src/config.ts`).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
      ([, name = '']) => name,
    );
    expect(names).toContain('REDIS_URL');
    const reader = app === 'parley' ? 'start' : app;
    for (const name of names) expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\| [^|]*\\b${reader}\\b`, 'm'));
  });

  it.each([
    ['docker-compose.yml', /\$\{(\w+)/g],
    ['deploy/pm2.config.cjs', /count\('(\w+)'/g],
  ])('for every variable that %s takes', (file, pattern) => {
    const names = [...read(file).matchAll(pattern)].map(([, name]) => name);
    expect(names).not.toEqual([]);
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });
});
