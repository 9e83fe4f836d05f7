import { randomBytes } from 'node:crypto';
import { newId, type DeviceId, type UserId } from '@parley/events';
import { expect, onTestFinished, test } from 'vitest';
import { AccessTokens } from './access-token.ts';
import { Authenticator } from './authenticator.ts';
import { Revocations } from './revocations.ts';

const tokens = new AccessTokens(randomBytes(32));
const laptop = newId<DeviceId>();
const { accessToken } = tokens.issue(newId<UserId>(), laptop);

const uses = { note: () => undefined };

function revocationsOf(revokedSince: () => Promise<DeviceId[]>): Revocations {
  const revocations = new Revocations({ revokedSince });
  onTestFinished(() => revocations.stop());
  return revocations;
}

test('a good token of a session that ended on another node is refused once that is known', async () => {
  const revocations = revocationsOf(() => Promise.resolve([laptop]));
  const authenticator = new Authenticator(tokens, revocations, uses);
  expect(authenticator.authenticate(accessToken)).toHaveProperty('identity');
  await revocations.reload();
  expect(authenticator.authenticate(accessToken)).toHaveProperty('refusal');
});

test('a session that ended on this node is refused at once, also with MongoDB away', async () => {
  const revocations = revocationsOf(() => Promise.reject(new Error('away')));
  const authenticator = new Authenticator(tokens, revocations, uses);
  revocations.add(laptop);
  expect(authenticator.authenticate(accessToken)).toHaveProperty('refusal');
  await expect(revocations.reload()).rejects.toThrow('away');
  expect(authenticator.authenticate(accessToken)).toHaveProperty('refusal');
});
