import {
  MAX_FRAME_BYTES,
  newId,
  type ConversationId,
  type ConversationView,
  type Epoch,
  type SyncedConversation,
  type SyncPage,
  type SyncRequest,
  type WireEvent,
} from '@parley/events';
import { expect, it } from 'vitest';
import { CatchUp } from './catch-up.ts';
import { Conversations } from './conversations.ts';
import { MemoryOutboxStore } from './outbox/memory-store.ts';
import { Outbox } from './outbox/outbox.ts';
import { unshared } from './outbox/sharing.ts';
import { alice, bob, conversationId, firstEpoch, message } from './testing/story.ts';

const PAGE = 500;

/** Conversations as a server has them and syncs them: what is named comes first, what is not from its beginning on. */
class World {
  readonly heads = new Map<ConversationId, number>();
  readonly asked: SyncRequest[] = [];

  get list(): { conversations: ConversationView[] } {
    return { conversations: [...this.heads].map(([id, head]) => viewOf(id, head)) };
  }

  sync(request: SyncRequest): Promise<SyncPage> {
    this.asked.push(request);
    const named: Partial<Record<ConversationId, number>> = request.positions[firstEpoch] ?? {};
    const ids = new Set([...(Object.keys(named) as ConversationId[]), ...this.heads.keys()]);
    const conversations: SyncedConversation[] = [];
    let room = PAGE;
    for (const id of ids) {
      const head = this.heads.get(id) ?? 0;
      const from = (named[id] ?? 0) + 1;
      if (from > head) continue;
      if (room <= 0) return Promise.resolve({ conversations, gone: [], more: true });
      const last = Math.min(head, from + room - 1);
      room -= last - from + 1;
      conversations.push(synced(eventsOf(id, from, last), id, head));
    }
    return Promise.resolve({ conversations, gone: [], more: conversations.some(({ more }) => more) });
  }
}

function eventsOf(id: ConversationId, from: number, last: number): WireEvent[] {
  const events = Array.from({ length: last - from + 1 }, (_, at) => message(from + at));
  return events.map((event) => ({ ...event, conversationId: id }));
}

const synced = (events: WireEvent[], id: ConversationId, head: number): SyncedConversation => ({
  ...{ conversationId: id, epoch: firstEpoch, events, withheld: [], head, archived: 0 },
  more: (events.at(-1)?.seq ?? head) < head,
});

const viewOf = (id: ConversationId, head: number): ConversationView => ({
  ...{ conversationId: id, kind: 'group', name: null, visibility: 'private', history: 'all', role: 'member' },
  ...{ visible: [], with: [bob], epoch: firstEpoch, head, read: 0, unread: 0, last: null, lastAt: 1 },
});

async function desk(world: World) {
  const outbox = new Outbox(new MemoryOutboxStore(), unshared());
  await outbox.open();
  const conversations = new Conversations(alice, () => ({ messages: [], changes: [] }));
  const catchUp = new CatchUp(conversations, outbox, {
    sync: (request) => world.sync(request),
    loadList: () => {
      conversations.takeList(world.list);
      return Promise.resolve();
    },
    took: () => undefined,
    gone: (id) => conversations.leave(id),
  });
  const isComplete = (): boolean =>
    [...world.heads].every(([id, head]) => conversations.timeline(id).log.complete === head);
  return { catchUp, conversations, isComplete };
}

it('D1, G5: a client of 8,000 conversations catches up in all of them, in requests that a frame can carry', async () => {
  const world = new World();
  const ids = Array.from({ length: 8_000 }, () => newId<ConversationId>());
  for (const id of ids) world.heads.set(id, 1);
  const { catchUp, conversations, isComplete } = await desk(world);
  await catchUp.run();
  // While it was away: much in one of each part, a little in many, and a conversation that it never heard of.
  for (const [at, id] of ids.entries()) world.heads.set(id, at % 2_400 === 7 ? 1_300 : at % 10 === 0 ? 2 : 1);
  world.heads.set(conversationId, 3);
  const before = world.asked.length;
  await catchUp.run();
  expect([isComplete(), conversations.isListed(conversationId)]).toEqual([true, true]);
  const sizes = world.asked.map((request) => JSON.stringify(['sync', request]).length);
  console.log(`8,000 conversations: ${world.asked.length - before} requests, the largest ${Math.max(...sizes)} bytes`);
  expect(Math.max(...sizes)).toBeLessThan(MAX_FRAME_BYTES);
});

it('G5: a client that can name all it holds asks once, and hears of new conversations by the answer', async () => {
  const world = new World();
  const { catchUp, conversations, isComplete } = await desk(world);
  world.heads.set(newId<ConversationId>(), 7);
  await catchUp.run();
  world.heads.set(conversationId, 3);
  await catchUp.run();
  expect([isComplete(), conversations.isListed(conversationId), world.asked.length]).toEqual([true, true, 2]);
});

it('what a request may name fits into a frame also where every conversation is of an epoch of its own', () => {
  const world = new World();
  const conversations = new Conversations(alice, () => ({ messages: [], changes: [] }));
  for (let n = 0; n < 3_000; n += 1) {
    const epoch = n.toString(16).padStart(16, '0') as Epoch;
    const view = { ...viewOf(newId<ConversationId>(), Number.MAX_SAFE_INTEGER), epoch };
    world.heads.set(view.conversationId, view.head);
    conversations.timeline(view.conversationId).log.begin(epoch, view.head);
  }
  const part = [...world.heads.keys()];
  conversations.takeList(world.list);
  const unarchived = part.slice(0, 500);
  const bytes = JSON.stringify(['sync', { positions: conversations.positions(part), unarchived }]).length;
  expect(bytes).toBeLessThan(MAX_FRAME_BYTES);
});
