import { findProgram, isProgram } from './find-program.ts';
import { ServerError } from './server-handle.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** @returns the path of a Chromium: `CHROMIUM`, else the one of the system. Throws `ServerError` when there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.CHROMIUM;
  if (named !== undefined && named !== '') {
    if (isProgram(named)) return named;
    throw new ServerError(`CHROMIUM names ${named}, which is not a program.`);
  }
  const found = findProgram(NAMES, environment.PATH) ?? MAC.find(isProgram);
  if (found !== undefined) return found;
  throw new ServerError(
    'The browser tests need Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to its path.',
  );
}
