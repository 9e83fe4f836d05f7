import { newId, type ConversationId, type ConversationKind, type Epoch, type Visibility } from '@parley/events';
import type { Access } from '@parley/events/log';
import { expect, test } from 'vitest';
import { asReader } from './may-read.ts';

function accessOf(kind: ConversationKind, visibility: Visibility, role: Access['role']): Access {
  const id = { conversationId: newId<ConversationId>(), epoch: '0123456789abcdef' as Epoch };
  const conversation = { ...id, kind, visibility, history: 'joined' as const, head: 9, unarchived: 1 };
  return { conversation, role, visible: [{ from: 3, ...(role === null && { to: 5 }) }] };
}

test.each([
  ['direct', 'private'],
  ['group', 'private'],
  ['channel', 'private'],
  ['directory', 'private'],
  ['group', 'public'],
  ['directory', 'public'],
] as const)('G11: an outsider and a former member may not read a %s that is %s', (kind, visibility) => {
  expect(asReader(accessOf(kind, visibility, null))).toBeUndefined();
});

test('a member reads what falls into their intervals', () => {
  expect(asReader(accessOf('group', 'private', 'member'))?.visible).toEqual([{ from: 3 }]);
});

test('everybody reads all of a public channel', () => {
  expect(asReader(accessOf('channel', 'public', null))?.visible).toEqual([{ from: 1 }]);
});

test('what does not exist may not be read', () => {
  expect(asReader(undefined)).toBeUndefined();
});
