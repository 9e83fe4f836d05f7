import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A change to one file that takes a protection off. `find` must be in the file exactly once. */
export interface Mutation {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const copied = [
  'apps/api',
  'apps/worker',
  'packages/client',
  'packages/events',
  'packages/read-models',
  'packages/servers',
];

/**
 * Makes a copy of the code that runs, with the mutations in it, so that production code carries no switches for tests.
 * Its packages find each other; everything else comes from this tree's node_modules.
 * @returns the copy's folder and how to remove it.
 */
export async function mutatedTree(
  mutations: readonly Mutation[],
): Promise<{ tree: string; remove: () => Promise<void> }> {
  const tree = await mkdtemp(join(tmpdir(), 'parley-mutated-'));
  for (const folder of copied)
    await cp(join(root, folder), join(tree, folder), {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules'),
    });
  await cp(join(root, 'package.json'), join(tree, 'package.json'));
  await linkPackages(tree);
  for (const mutation of mutations) await mutate(tree, mutation);
  return { tree, remove: () => rm(tree, { recursive: true, force: true }) };
}

async function linkPackages(tree: string): Promise<void> {
  const modules = join(tree, 'node_modules');
  await mkdir(join(modules, '@parley'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@parley') await symlink(join(root, 'node_modules', name), join(modules, name));
  for (const folder of copied) {
    await symlink(join(tree, folder), join(modules, '@parley', folder.split('/').at(-1) ?? folder));
    const own = join(root, folder, 'node_modules');
    await symlink(own, join(tree, folder, 'node_modules')).catch(() => undefined);
  }
}

async function mutate(tree: string, { file, find, replace }: Mutation): Promise<void> {
  const path = join(tree, file);
  const text = await readFile(path, 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`The mutation of ${file} fits ${found} times. Adapt it to the code: ${find}`);
  await writeFile(
    path,
    text.replace(find, () => replace),
  );
}
