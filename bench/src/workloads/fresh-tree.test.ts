import { existsSync, realpathSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FreshTree } from './fresh-tree.ts';

it('a fresh tree has its own sources and the installed packages, nothing built and no data', async () => {
  await using tree = await FreshTree.create();
  const has = (path: string): boolean => existsSync(join(tree.folder, path));
  expect(
    ['tools/run.mjs', 'apps/web/vite.config.ts', 'node_modules/node/bin/node'].filter((path) => !has(path)),
  ).toEqual([]);
  const own = realpathSync(join(tree.folder, 'node_modules/@parley/events'));
  expect(own).toBe(realpathSync(join(tree.folder, 'packages/events')));
  const made = ['apps/web/build', 'apps/web/.svelte-kit', 'node_modules/.cache', 'node_modules/.vite', '.git'];
  expect(made.filter(has)).toEqual([]);
  expect((await readdir(join(tree.folder, '.parley')).catch(() => [])).filter((name) => name !== 'servers')).toEqual(
    [],
  );
});
