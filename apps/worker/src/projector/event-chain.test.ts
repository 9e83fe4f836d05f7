import { createHash } from 'node:crypto';
import {
  newId,
  type CommandId,
  type ConversationId,
  type DeviceId,
  type EventHeader,
  type UserId,
} from '@parley/events';
import { idBuffer } from '@parley/read-models';
import { expect, test } from 'vitest';
import { chainNext, chainStart as slowStart, commitment } from '../../../../packages/events/src/contract/chain.ts';
import { chainAfter, chainStart, commitmentOf } from './event-chain.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

test.each(['message.sent', 'a "foreign" type \u2028', 'x'.repeat(200_000)])(
  'the fast chain is the chain of the contract (%#)',
  (type) => {
    const conversationId = newId<ConversationId>();
    const actor = { userId: newId<UserId>(), deviceId: newId<DeviceId>() };
    const header = { v: 1, type, conversationId, seq: 7, at: 1_790_000_000_123, actor, commandId: newId<CommandId>() };
    const salt = Buffer.alloc(16, 9);
    const body = JSON.stringify({ content: { suite: 'none', text: 'grüße 👋'.repeat(20_000) } });
    const committed = commitmentOf({ salt, content: Buffer.from(body) });
    expect(committed).toEqual(commitment(sha256, salt, body));
    const start = chainStart(idBuffer(conversationId));
    expect(start).toEqual(slowStart(sha256, conversationId));
    const [conversation, command] = [idBuffer(conversationId), idBuffer(header.commandId)];
    const [user, device] = [idBuffer(actor.userId), idBuffer(actor.deviceId)];
    const bytes = { v: 1, type, seq: 7, at: header.at, conversation, command, user, device };
    expect(chainAfter(start, bytes, committed)).toEqual(chainNext(sha256, start, header as EventHeader, committed));
  },
);
