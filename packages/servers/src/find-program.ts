import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns the full path of the first of `names` that is an executable file in a folder of PATH. */
export function findProgram(names: readonly string[], path?: string): string | undefined {
  return findPrograms(names, path)[0];
}

/** @returns the full paths of all executable files of these names in the folders of PATH, by name, then by folder. */
export function findPrograms(names: readonly string[], path = process.env.PATH ?? ''): string[] {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(isProgram);
}

/** @returns whether `file` is a file that this process may execute. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
