import { expect, test } from 'vitest';
import { Passwords } from './passwords.ts';

const passwords = new Passwords();

test('E4: a password is kept as argon2id with 19 MiB and two passes, and matches only itself', async () => {
  const stored = await passwords.hash('correct horse battery');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await passwords.matches('correct horse battery', stored)).toBe(true);
  expect(await passwords.matches('correct horse batterx', stored)).toBe(false);
});

test('an unknown name never matches, not even by the stand-in password', async () => {
  expect(await passwords.matches('nobody has this password', undefined)).toBe(false);
});

test('too many at once are told to come back, the others are served', async () => {
  const few = new Passwords(3);
  const asked = Array.from({ length: 9 }, () => few.matches('x', undefined));
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(4);
  expect(refused[0]?.reason).toMatchObject({ refusal: { kind: 'rate_limited' } });
  expect(await few.matches('x', undefined)).toBe(false);
});
