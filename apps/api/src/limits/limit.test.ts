import { newId, type Command, type CommandId, type ConversationId, type UserId } from '@parley/events';
import { expect, test } from 'vitest';
import { createLimit } from './limit.ts';
import { TokenBuckets } from './token-buckets.ts';

const conversationId = newId<ConversationId>();
const alice = { userId: newId<UserId>() };
const bob = { userId: newId<UserId>() };

function send(count = 1): { commands: Command[] } {
  const content = { suite: 'none', text: 'Hello.' } as const;
  const message = (): Command => ({ type: 'message.send', commandId: newId<CommandId>(), conversationId, content });
  return { commands: Array.from({ length: count }, message) };
}

function node() {
  let ms = 0;
  const limit = createLimit(new TokenBuckets(1_000, () => ms).take);
  return { limit, pass: (more: number) => void (ms += more) };
}

const limited = { refusal: { kind: 'rate_limited', retryAfterMs: expect.any(Number) as number } };

test('B15F: twenty messages a second are never limited, however long, nor is what was kept while away', async () => {
  const { limit, pass } = node();
  for (let second = 0; second < 600; second += 1) {
    for (let n = 0; n < 20; n += 1) await limit('command', send(), alice);
    pass(1_000);
  }
  for (let batch = 0; batch < 5; batch += 1) await limit('command', send(20), alice);
});

test('B15F: a batch counts as many times as it has commands, and one person is limited alone', async () => {
  const { limit, pass } = node();
  await limit('command', send(50), alice);
  await limit('command', send(50), alice);
  await expect(limit('command', send(), alice)).rejects.toMatchObject(limited);
  await limit('command', send(50), bob);
  pass(40);
  await limit('command', send(), alice);
});

test('what one kind has used up is not missing to another', async () => {
  const { limit } = node();
  await limit('command', send(100), alice);
  await expect(limit('command', send(), alice)).rejects.toMatchObject(limited);
  await limit('sync', { positions: {} }, alice);
  await limit('history', {}, alice);
  await limit('mark', {}, alice);
});

test('B15F: the password of one name is tried some times only, in any case, and from elsewhere it can still be given', async () => {
  const { limit } = node();
  const guess = (username: string) => ({ username, password: 'not the password' });
  for (let n = 0; n < 20; n += 1) await limit('signIn', guess(n % 2 ? 'Alice' : 'alice'), { address: '10.0.0.1' });
  await expect(limit('signIn', guess('ALICE'), { address: '10.0.0.1' })).rejects.toMatchObject(limited);
  await limit('signIn', guess('alice'), { address: '10.0.0.2' });
  await limit('signIn', guess('bob'), { address: '10.0.0.1' });
});
