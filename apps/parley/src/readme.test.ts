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
