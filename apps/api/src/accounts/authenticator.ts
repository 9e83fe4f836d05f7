import { unauthenticated, type AccessTokens, type Verified } from './access-token.ts';
import type { FirstUses } from './first-uses.ts';
import type { Revocations } from './revocations.ts';

/** Who speaks: the token says it, and the session behind it must still stand. Never waits. */
export class Authenticator {
  readonly #tokens: AccessTokens;
  readonly #revocations: Pick<Revocations, 'stands'>;
  readonly #uses: Pick<FirstUses, 'note'>;

  constructor(tokens: AccessTokens, revocations: Pick<Revocations, 'stands'>, uses: Pick<FirstUses, 'note'>) {
    this.#tokens = tokens;
    this.#revocations = revocations;
    this.#uses = uses;
  }

  /** @returns the identity, or the refusal `unauthenticated`. */
  authenticate(token: string): Verified {
    const verified = this.#tokens.verify(token);
    if ('refusal' in verified) return verified;
    if (!this.#revocations.stands(verified.identity.deviceId)) return { refusal: unauthenticated };
    this.#uses.note(verified.identity);
    return verified;
  }
}
