import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns the full path of the first of `names` that is an executable file in a folder of PATH. */
export function findProgram(names: readonly string[], path = process.env.PATH ?? ''): string | undefined {
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      if (folder !== '' && isProgram(join(folder, name))) return join(folder, name);
    }
  }
  return undefined;
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
