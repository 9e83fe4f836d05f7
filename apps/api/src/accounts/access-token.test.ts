import { randomBytes } from 'node:crypto';
import { newId, type DeviceId, type UserId } from '@parley/events';
import jwt from 'jsonwebtoken';
import { expect, test } from 'vitest';
import { AccessTokens, derivedKey } from './access-token.ts';

const secret = randomBytes(32);
const tokens = new AccessTokens(secret);
const alice = newId<UserId>();
const laptop = newId<DeviceId>();
const key = derivedKey(secret, 'parley/access-token/1');
const iat = Math.floor(Date.now() / 1000);

const good = { deviceId: laptop, iat, exp: iat + 600, iss: 'parley', aud: 'parley-api', sub: alice };
const header = { alg: 'HS256', typ: 'at+jwt' };

/** Signs anything at all, with any key and header. */
function forge(payload: object, options: { key?: Buffer; header?: object; algorithm?: jwt.Algorithm } = {}): string {
  const algorithm = options.algorithm ?? 'HS256';
  return jwt.sign(payload, options.key ?? key, {
    algorithm,
    header: { ...header, alg: algorithm, ...options.header },
    allowInsecureKeySizes: true,
  });
}

function unsigned(alg: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ ...header, alg })}.${part(good)}.`;
}

test('a token says who speaks until it ends', () => {
  const { accessToken, accessExpiresAt } = tokens.issue(alice, laptop);
  expect(tokens.verify(accessToken)).toEqual({
    identity: { userId: alice, deviceId: laptop, expiresAt: accessExpiresAt },
  });
  expect(tokens.verify(accessToken, accessExpiresAt - 1)).toHaveProperty('identity');
  expect(tokens.verify(accessToken, accessExpiresAt)).toHaveProperty('refusal');
});

test('another node with the same secret knows the token', () => {
  expect(new AccessTokens(secret).verify(tokens.issue(alice, laptop).accessToken)).toHaveProperty('identity');
});

test('the forger below would get through with nothing forged', () => {
  expect(tokens.verify(forge(good))).toHaveProperty('identity');
});

const without = (field: keyof typeof good): object =>
  Object.fromEntries(Object.entries(good).filter(([name]) => name !== field));

test.each([
  ['no signature, alg none', unsigned('none')],
  ['no signature, alg HS256', unsigned('HS256')],
  ['another secret', forge(good, { key: randomBytes(32) })],
  ['the secret itself in place of the derived key', forge(good, { key: secret })],
  ['HS512', forge(good, { algorithm: 'HS512' })],
  ['HS384', forge(good, { algorithm: 'HS384' })],
  ['another audience', forge({ ...good, aud: 'parley-web' })],
  ['no audience', forge(without('aud'))],
  ['another issuer', forge({ ...good, iss: 'elsewhere' })],
  ['no issuer', forge(without('iss'))],
  ['an end in the past', forge({ ...good, exp: iat - 1 })],
  ['no end', forge(without('exp'))],
  ['a beginning in the future', forge({ ...good, nbf: iat + 60 })],
  ['another type', forge(good, { header: { typ: 'JWT' } })],
  ['no user', forge(without('sub'))],
  ['an operator object as the device', forge({ ...good, deviceId: { $ne: null } })],
  ['a user id that is none', forge({ ...good, sub: 'admin' })],
  ['a changed payload', forge(good).replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`)],
  ['nothing', ''],
  ['noise', 'a.b.c'],
])('A4: a token with %s is refused', (_, token) => {
  expect(tokens.verify(token)).toEqual({ refusal: { kind: 'unauthenticated', message: 'Sign in to go on.' } });
});
