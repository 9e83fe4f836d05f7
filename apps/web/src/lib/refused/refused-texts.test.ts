import type { FailedCommand } from '@parley/client';
import {
  newId,
  type Command,
  type CommandId,
  type ConversationId,
  type Epoch,
  type Position,
  type UserId,
} from '@parley/events';
import { expect, test } from 'vitest';
import { refusedActs, refusedNotice, refusedTexts } from './refused-texts.ts';

const [alice, room, message] = [newId<UserId>(), newId<ConversationId>(), newId<CommandId>()];
const target: Position = { epoch: '0123456789abcdef' as Epoch, seq: 5 as Position['seq'] };
const refusal = { kind: 'not_found', message: 'You are not a member here any more.' } as const;

const refused = (command: Omit<Command, 'commandId'>, changes = true): FailedCommand => ({
  command: { ...command, commandId: newId<CommandId>() } as Command,
  refusal,
  ...(changes && { target: { userId: alice, commandId: message } }),
});
const edit = refused({
  type: 'message.edit',
  conversationId: room,
  target,
  content: { suite: 'none', text: 'noon' },
} as Command);
const sent = refused(
  { type: 'message.send', conversationId: room, content: { suite: 'none', text: 'hello' } } as Command,
  false,
);
const deletion = refused({ type: 'message.delete', conversationId: room, target } as Command);
const reaction = refused({
  type: 'reaction.add',
  conversationId: room,
  target,
  reaction: { suite: 'none', emoji: '👍' },
} as Command);

test('B5: the text of a refused edit is at hand, with the reason, and the message that it belongs to and where that stands', () => {
  expect(refusedTexts([edit], () => true)).toEqual([
    {
      ...{ commandId: edit.command.commandId, conversationId: room, what: 'edit', text: 'noon' },
      ...{ reason: refusal.message, key: `${alice}:${message}`, seq: 5 },
    },
  ]);
});

test('B5: a refused message is in its timeline, and here only where one is a member no more', () => {
  expect(refusedTexts([sent], () => true)).toEqual([]);
  expect(refusedTexts([sent], () => false)).toMatchObject([{ what: 'message', text: 'hello', key: null, seq: null }]);
});

test('B5: refused deletions and reactions are told with their reason; they have no text to keep', () => {
  expect(refusedTexts([deletion, reaction], () => false)).toEqual([]);
  expect(refusedActs([edit, sent, deletion, reaction]).map(({ sentence }) => sentence)).toEqual([
    'The message was not deleted. You are not a member here any more.',
    'Your reaction was not changed. You are not a member here any more.',
  ]);
});

test('one line tells of all refused texts', () => {
  expect(refusedNotice([])).toBe('');
  expect(refusedNotice(refusedTexts([edit], () => true))).toBe('Your edit was refused. Its text is kept here.');
  expect(refusedNotice(refusedTexts([edit, sent], () => false))).toBe('2 texts were refused. They are kept here.');
});
