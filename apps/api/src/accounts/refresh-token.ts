import { createHash, randomBytes } from 'node:crypto';
import { derivedKey, hmac } from './access-token.ts';

const PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** @returns a new refresh token: 32 random bytes in base64url. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** @returns what is kept of a token: its SHA-256. The token has 256 random bits, so no slow hash is needed. */
export function refreshHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The first bytes stay the same over all successors: they name the family, and tell an old token from a made-up one. */
const FAMILY_BYTES = 8;

/** @returns what is kept of a token's family: the SHA-256 of its part of the token. */
export function familyHash(token: string): Buffer {
  return createHash('sha256').update(Buffer.from(token, 'base64url').subarray(0, FAMILY_BYTES)).digest();
}

/** @returns whether a text can be a refresh token at all. */
export function isRefreshToken(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * Names the one successor of each token. It follows from the token and the server's secret, so two tabs that renew at
 * once get the same one, on any node, and the server still keeps only hashes.
 */
export class RefreshSuccessors {
  readonly #key: Buffer;

  /** @param secret at least 32 random bytes, the same on every node. */
  constructor(secret: Buffer) {
    this.#key = derivedKey(secret, 'parley/refresh-successor/1');
  }

  of(token: string): string {
    const family = Buffer.from(token, 'base64url').subarray(0, FAMILY_BYTES);
    return Buffer.concat([family, hmac(this.#key, token).subarray(FAMILY_BYTES)]).toString('base64url');
  }
}
