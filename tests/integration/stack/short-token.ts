import { createHmac, hkdfSync } from 'node:crypto';
import type { Session } from '@parley/events';
import type { Stack } from '@parley/stack';

/**
 * A session as its node gave it out, but with an access token that ends soon, which the client does not know: a laptop
 * that slept, or a clock that is wrong. RFC 7519 with the stack's own secret.
 * @param lifeSeconds from now on, counted in whole seconds of the clock.
 */
export function withShortToken(stack: Stack, session: Session, lifeSeconds: number): Session {
  const secret = Buffer.from(stack.env.PARLEY_TOKEN_SECRET ?? '', 'base64url');
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'parley/access-token/1', 32));
  const iat = Math.floor(Date.now() / 1000);
  const text = [
    { alg: 'HS256', typ: 'at+jwt' },
    {
      ...{ deviceId: session.deviceId, iat, exp: iat + lifeSeconds },
      ...{ aud: 'parley-api', iss: 'parley', sub: session.user.userId },
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const accessToken = `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  return { ...session, accessToken };
}
