import { newId, type ConversationId, type Epoch, type UserId } from '@parley/events';
import type { Access } from '@parley/events/log';
import { expect, it } from 'vitest';
import { EventReader } from './event-reader.ts';
import { createSync } from './sync.ts';

const epoch = '00000000000000e1' as Epoch;

const nothing = () => Promise.resolve([]);

it('D1: what a request names is answered before what it leaves out: a client may name its conversations part by part', async () => {
  const [first, second, named] = [newId<ConversationId>(), newId<ConversationId>(), newId<ConversationId>()];
  const accessTo = (conversationId: ConversationId) =>
    ({
      conversation: { conversationId, epoch, head: 3, unarchived: 4 },
      role: 'member',
      visible: [{ from: 1 }],
    }) as unknown as Access;
  const sync = createSync({
    log: { access: (_, ids) => Promise.resolve(ids.map(accessTo)), shared: () => Promise.resolve(0) },
    hearing: () => Promise.resolve([first, second, named]),
    reader: new EventReader({ events: nothing }, nothing, (_, seqs) => Promise.resolve(seqs)),
    chains: () => Promise.resolve(new Map()),
  });
  const page = await sync(newId<UserId>(), { positions: { [epoch]: { [named]: 1 } } });
  expect(page.conversations.map(({ conversationId }) => conversationId)).toEqual([named, first, second]);
});
