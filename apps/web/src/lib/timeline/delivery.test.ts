import type { TimelineMessage } from '@parley/client';
import {
  newId,
  untouched,
  type CommandId,
  type ConversationId,
  type Epoch,
  type Mark,
  type UserId,
} from '@parley/events';
import { expect, test } from 'vitest';
import { deliveryOf } from './delivery.ts';

const [alice, bob, carol] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
const epoch = '0123456789abcdef' as Epoch;
const mark = (userId: UserId, read: number, delivered: number): Mark => ({
  conversationId: newId<ConversationId>(),
  userId,
  epoch,
  read,
  delivered,
});
const message: TimelineMessage = {
  key: 'k',
  commandId: newId<CommandId>(),
  seq: 5,
  epoch,
  userId: alice,
  at: 0,
  content: { suite: 'none', text: 'x' },
  changes: untouched,
  send: { state: 'sent' },
};

test('stored, held by somebody, read by somebody', () => {
  expect(deliveryOf(message, [mark(bob, 0, 4)])).toEqual({ state: 'sent' });
  expect(deliveryOf(message, [mark(bob, 0, 5)])).toEqual({ state: 'delivered', by: [bob] });
  expect(deliveryOf(message, [mark(bob, 5, 5), mark(carol, 4, 5)])).toEqual({ state: 'read', by: [bob] });
});

test('my own marks say nothing about others', () => {
  expect(deliveryOf(message, [mark(alice, 9, 9)])).toEqual({ state: 'sent' });
});

test('what is not stored is never delivered; what was refused says why', () => {
  expect(deliveryOf({ ...message, seq: null, send: { state: 'queued' } }, [mark(bob, 9, 9)])).toEqual({
    state: 'queued',
  });
  const refusal = { kind: 'too_large', message: 'Shorten it.' } as const;
  const failed = deliveryOf({ ...message, seq: null, send: { state: 'failed', refusal } }, []);
  expect(failed).toEqual({ state: 'failed', reason: 'Shorten it.' });
});
