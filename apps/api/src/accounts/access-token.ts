import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { DeviceId, UserId, z, type Refusal } from '@parley/events';
import jwt from 'jsonwebtoken';

/** Who speaks, as a verified token says it. `expiresAt` in milliseconds since 1970. */
export interface Identity {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly expiresAt: number;
}

/** An identity, or why there is none. */
export type Verified = { readonly identity: Identity } | { readonly refusal: Refusal };

const ISSUER = 'parley';
const AUDIENCE = 'parley-api';
/** RFC 9068: no other kind of token, signed with the same secret one day, passes as an access token. */
const TYPE = 'at+jwt';
const LIFE_SECONDS = 600;
/** How long a token is good, in milliseconds. */
export const ACCESS_LIFE_MS = LIFE_SECONDS * 1_000;

const Header = z.object({ alg: z.literal('HS256'), typ: z.literal(TYPE) });
const Payload = z.object({ sub: UserId, deviceId: DeviceId, exp: z.int(), iat: z.int() });

export const unauthenticated: Refusal = { kind: 'unauthenticated', message: 'Sign in to go on.' };

/** Makes and checks access tokens: JWTs (RFC 7519) under HMAC-SHA-256, good for ten minutes, known to every node. */
export class AccessTokens {
  /** As a key object: of bytes, each check would first try whether they are a public key, which takes as long again. */
  readonly #key: KeyObject;

  /** @param secret at least 32 random bytes, the same on every node. */
  constructor(secret: Buffer) {
    this.#key = createSecretKey(derivedKey(secret, 'parley/access-token/1'));
  }

  /** @param now milliseconds since 1970. @returns a token and when it ends. */
  issue(userId: UserId, deviceId: DeviceId, now = Date.now()): { accessToken: string; accessExpiresAt: number } {
    const iat = Math.floor(now / 1000);
    const accessToken = jwt.sign({ deviceId, iat, exp: iat + LIFE_SECONDS }, this.#key, {
      algorithm: 'HS256',
      header: { alg: 'HS256', typ: TYPE },
      issuer: ISSUER,
      audience: AUDIENCE,
      subject: userId,
    });
    return { accessToken, accessExpiresAt: (iat + LIFE_SECONDS) * 1000 };
  }

  /** Checks signature, kind, issuer, audience and time. Whether the session still lives is another question. */
  verify(token: string, now = Date.now()): Verified {
    const checks = {
      algorithms: ['HS256' as const],
      issuer: ISSUER,
      audience: AUDIENCE,
      clockTimestamp: now / 1000,
      complete: true as const,
    };
    try {
      const { header, payload } = jwt.verify(token, this.#key, checks);
      Header.parse(header);
      const { sub, deviceId, exp } = Payload.parse(payload);
      return { identity: { userId: sub, deviceId, expiresAt: exp * 1000 } };
    } catch {
      return { refusal: unauthenticated };
    }
  }
}

/** @returns 32 bytes for one purpose (RFC 5869), so that no two purposes share a key. */
export function derivedKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, 32));
}

/** @returns HMAC-SHA-256 (RFC 2104). */
export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
