import { randomBytes, randomInt } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** No letters that are easily taken for each other. */
const CODE_LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';

/** Files in `<data>/secrets`, readable by their owner only. Each is made when it is first asked for, and kept. */
export class Secrets {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'secrets');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    chmodSync(this.#folder, 0o700);
  }

  /** @returns the key that signs access tokens: 32 random bytes, base64url. */
  tokenSecret(): string {
    return this.#kept('token-secret', () => randomBytes(32).toString('base64url'));
  }

  /** @returns the one-time code that lets the first person set the workspace up, such as `7KQM-XW4P-A9TE-3HVD`. */
  setupCode(): string {
    return this.#kept('setup-code', () => Array.from({ length: 4 }, codeGroup).join('-'));
  }

  /** The code was used: it is forgotten. */
  forgetSetupCode(): void {
    rmSync(join(this.#folder, 'setup-code'), { force: true });
  }

  #kept(name: string, make: () => string): string {
    const file = join(this.#folder, name);
    const before = readIfThere(file);
    if (before !== '') return before;
    const made = make();
    writeFileSync(file, `${made}\n`, { mode: 0o600 });
    return made;
  }
}

function codeGroup(): string {
  return Array.from({ length: 4 }, () => CODE_LETTERS.charAt(randomInt(CODE_LETTERS.length))).join('');
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
