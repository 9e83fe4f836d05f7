import { newId, type CommandId, type Receipt } from '@parley/events';
import { expect, it } from 'vitest';
import { Conversations } from './conversations.ts';
import { MemoryOutboxStore } from './outbox/memory-store.ts';
import { Outbox } from './outbox/outbox.ts';
import { unshared } from './outbox/sharing.ts';
import { alice, conversationId, firstEpoch } from './testing/story.ts';
import { Writing } from './writing.ts';

const says = (text: string) => ({ suite: 'none', text }) as const;

async function desk() {
  const outbox = new Outbox(new MemoryOutboxStore(), unshared());
  await outbox.open();
  const writing = new Writing(alice, outbox, new Conversations(alice, () => ({ messages: [], changes: [] })));
  return { outbox, writing };
}

it('B5: an own message can be changed by its seq as soon as its receipt is here, before its event is', async () => {
  const { outbox, writing } = await desk();
  const message = await writing.send(conversationId, says('a'));
  outbox.acked(message, { conversationId, epoch: firstEpoch, seq: 5 as Receipt['seq'], at: 1 });
  const change = outbox.get(await writing.edit(conversationId, 5, says('b')));
  const position = { epoch: firstEpoch, seq: 5 };
  expect(change).toMatchObject({ command: { target: position }, target: { userId: alice, commandId: message } });
  expect(change?.after).toBeUndefined();
});

it('B5: what is neither held nor acked can not be changed', async () => {
  const { writing } = await desk();
  const gone = { refusal: { kind: 'not_found' } };
  await expect(writing.edit(conversationId, 5, says('b'))).rejects.toMatchObject(gone);
  await expect(writing.remove(conversationId, newId<CommandId>())).rejects.toMatchObject(gone);
});
