import { newId, type Command, type CommandId, type Position, type Refusal } from '@parley/events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { notFound, ScriptedLog } from '../testing/scripted-log.ts';
import { alice, conversationId, firstEpoch } from '../testing/story.ts';
import { MemoryOutboxStore } from './memory-store.ts';
import type { NewEntry } from './outbox-entry.ts';
import { OutboxSender } from './outbox-sender.ts';
import { Outbox } from './outbox.ts';
import { unshared, type OutboxNews, type OutboxSharing } from './sharing.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(60_000);
const says = (text: string) => ({ suite: 'none', text }) as const;

const send = (text: string): Command => ({
  type: 'message.send',
  commandId: newId<CommandId>(),
  conversationId,
  content: says(text),
});

/** An edit of an own message on its way: its place stands in until the receipt says the real one. */
const edit = (): Command => ({
  type: 'message.edit',
  commandId: newId<CommandId>(),
  conversationId,
  target: { epoch: '0000000000000000', seq: 1 } as Position,
  content: says('edited'),
});

/** Works as fast as memory until it is told to be slow. */
class SlowStore extends MemoryOutboxStore {
  delay = 0;

  override async add(entry: NewEntry): Promise<number> {
    await this.#wait();
    return super.add(entry);
  }

  override async swap(old: CommandId, entry: NewEntry): Promise<number | null> {
    await this.#wait();
    return super.swap(old, entry);
  }

  async #wait(): Promise<void> {
    if (this.delay > 0) await new Promise((soon) => setTimeout(soon, this.delay));
  }
}

/** What two tabs of one browser have between them. */
function twoTabs(): [OutboxSharing, OutboxSharing] {
  const ears: ((news: OutboxNews) => void)[] = [];
  const tab = (mine: number): OutboxSharing => ({
    ...unshared(),
    tell: (news) => queueMicrotask(() => ears[1 - mine]?.(news)),
    hear: (listener) => void (ears[mine] = listener),
  });
  return [tab(0), tab(1)];
}

async function desk(store = new SlowStore(), sharing = unshared()) {
  const outbox = new Outbox(store, sharing);
  const road = new ScriptedLog();
  const sender = new OutboxSender(outbox, road);
  await outbox.open();
  const lead = (): void => {
    sender.lead();
    sender.open();
  };
  const add = (command: Command, after?: CommandId): Promise<CommandId> => {
    const target = after && { target: { userId: alice, commandId: after }, after };
    return outbox.add(command, { lane: conversationId, ...target });
  };
  return { outbox, road, store, lead, add };
}

const targetOf = ({ outbox }: Pick<Awaited<ReturnType<typeof desk>>, 'outbox'>, commandId: CommandId): unknown => {
  const command = outbox.get(commandId)?.command;
  return command?.type === 'message.edit' && command.target;
};

it('B3: a change that the store takes in while its message is stored does not wait for ever', async () => {
  const one = await desk();
  one.lead();
  const message = await one.add(send('a'));
  one.store.delay = 50;
  const change = one.add(edit(), message);
  await settle();
  expect(one.road.log).toEqual([message, await change]);
  expect(targetOf(one, await change)).toEqual({ epoch: firstEpoch, seq: 1 });
});

it('B3: a change whose message is archived and forgotten meanwhile finds it at the server', async () => {
  const one = await desk();
  one.lead();
  const message = await one.add(send('a'));
  await settle();
  one.outbox.archived(conversationId, firstEpoch, 1);
  const stale: Refusal = { kind: 'stale_target', message: 'That message is not where it was.' };
  one.road.refuse = (command) => ('target' in command && command.target.epoch !== firstEpoch ? stale : null);
  one.road.place = { conversationId, epoch: firstEpoch, seq: 1 as Position['seq'], at: 1 };
  const change = await one.add(edit(), message);
  await settle();
  expect(one.road.log).toEqual([message, change]);
});

it('B3, C15: a change that another tab adds when this one has sent its message already goes, too', async () => {
  const [leading, following] = twoTabs();
  const store = new SlowStore();
  const [one, two] = [await desk(store, leading), await desk(store, following)];
  one.lead();
  const message = await one.add(send('a'));
  await settle();
  const change = await two.add(edit(), message);
  await settle();
  expect([one.road.log, two.road.log]).toEqual([[message, change], []]);
});

it('B5: who discards a message discards what was to change it, and nothing behind it waits', async () => {
  const one = await desk();
  const message = await one.add(send('a'));
  await one.add(edit(), message);
  const behind = await one.add(send('b'));
  await one.outbox.discard(message);
  one.lead();
  await settle();
  expect([one.road.log, one.outbox.failed, one.outbox.waiting]).toEqual([[behind], [], 0]);
});

it('B5: a change of a message that is refused is refused with it', async () => {
  const one = await desk();
  one.road.refuse = (command) => (command.type === 'message.send' ? notFound : null);
  const message = await one.add(send('a'));
  const change = await one.add(edit(), message);
  one.lead();
  await settle();
  expect(one.outbox.failed.map(({ commandId, refusal }) => [commandId, refusal])).toEqual([
    [message, notFound],
    [change, notFound],
  ]);
});

/** A message that was refused, in two tabs; from now on the server takes everything. */
async function refused() {
  const [leading, following] = twoTabs();
  const store = new SlowStore();
  const [one, two] = [await desk(store, leading), await desk(store, following)];
  one.road.refuse = () => notFound;
  one.lead();
  const message = await one.add(send('a'));
  await settle();
  one.road.refuse = () => null;
  store.delay = 50;
  return { one, two, store, message };
}

it('B3, C15: a message that is retried twice, and in two tabs at once, is sent once', async () => {
  const { one, two, message } = await refused();
  expect(two.outbox.failed.map(({ commandId }) => commandId)).toEqual([message]);
  const retried = [one, one, two].map(({ outbox }) => outbox.retry(message));
  await settle();
  await Promise.all(retried);
  expect(one.road.log).toHaveLength(1);
  expect([one.outbox.failed, two.outbox.failed, one.outbox.waiting, two.outbox.waiting]).toEqual([[], [], 0, 0]);
});

it('B5: a failed message whose retry the device can not keep stays failed', async () => {
  const { one, store, message } = await refused();
  store.swap = () => Promise.reject(new Error('full'));
  await expect(one.outbox.retry(message)).rejects.toMatchObject({ refusal: { kind: 'internal' } });
  expect([one.outbox.failed.map(({ commandId }) => commandId), one.outbox.waiting]).toEqual([[message], 0]);
});
