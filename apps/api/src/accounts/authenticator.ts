import { unauthenticated, type AccessTokens, type Verified } from './access-token.ts';
import type { Revocations } from './revocations.ts';

/** Who speaks: the token says it, and the session behind it must still stand. Never waits. */
export class Authenticator {
  readonly #tokens: AccessTokens;
  readonly #revocations: Pick<Revocations, 'stands'>;

  constructor(tokens: AccessTokens, revocations: Pick<Revocations, 'stands'>) {
    this.#tokens = tokens;
    this.#revocations = revocations;
  }

  /** @returns the identity, or the refusal `unauthenticated`. */
  authenticate(token: string): Verified {
    const verified = this.#tokens.verify(token);
    if ('refusal' in verified) return verified;
    return this.#revocations.stands(verified.identity.deviceId) ? verified : { refusal: unauthenticated };
  }
}
