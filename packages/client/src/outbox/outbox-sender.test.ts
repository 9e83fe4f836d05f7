import { newId, RefusalError, type Command, type CommandId, type ConversationId, type Refusal } from '@parley/events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { notFound, ScriptedLog, unavailable, waiting } from '../testing/scripted-log.ts';
import { bob, conversationId, firstEpoch, secondEpoch } from '../testing/story.ts';
import { MemoryOutboxStore } from './memory-store.ts';
import { OutboxSender } from './outbox-sender.ts';
import { Outbox } from './outbox.ts';
import { unshared } from './sharing.ts';

const send = (text: string, lane: ConversationId = conversationId): Command => ({
  type: 'message.send',
  commandId: newId<CommandId>(),
  conversationId: lane,
  content: { suite: 'none', text },
});

async function desk(store = new MemoryOutboxStore()) {
  const outbox = new Outbox(store, unshared());
  const road = new ScriptedLog();
  const sender = new OutboxSender(outbox, road);
  await outbox.open();
  const add = (command: Command): Promise<CommandId> => outbox.add(command, { lane: conversationId });
  return { outbox, road, sender, store, add };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(60_000);

describe('OutboxSender', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('sends nothing before this tab leads and the connection is synced', async () => {
    const { road, sender, add } = await desk();
    await add(send('a'));
    await settle();
    sender.open();
    await settle();
    expect(road.batches).toEqual([]);
    sender.lead();
    await settle();
    expect(road.batches).toHaveLength(1);
  });

  it('G3: sends a lane in order, at most twenty together and one batch at a time', async () => {
    const { outbox, road, sender, add } = await desk();
    const ids: CommandId[] = [];
    for (let n = 0; n < 45; n += 1) ids.push(await add(send(`m${n}`)));
    sender.lead();
    sender.open();
    await settle();
    expect(road.log).toEqual(ids);
    expect(road.batches.map((batch) => batch.length)).toEqual([20, 20, 5]);
    expect([road.mostInFlight, outbox.waiting]).toEqual([1, 0]);
  });

  it('a new command does not cut short the wait that a server asked for', async () => {
    const { road, sender, add } = await desk();
    road.fate = () => ({ append: 0, answer: true, refusal: { ...unavailable, retryAfterMs: 30_000 } });
    await add(send('a'));
    sender.lead();
    sender.open();
    await vi.advanceTimersByTimeAsync(1_000);
    await add(send('b'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(road.batches).toHaveLength(1);
  });

  it('B15F, G3: what was limited stays, goes again after the wait that it was told, and nothing overtakes it', async () => {
    const { outbox, road, sender, add } = await desk();
    const limited = new RefusalError({ kind: 'rate_limited', message: 'Wait a moment.', retryAfterMs: 5_000 });
    const whole = road.send.bind(road);
    const tries: number[] = [];
    road.send = (commands) => (tries.push(commands.length) <= 2 ? Promise.reject(limited) : whole(commands));
    const ids = [await add(send('a')), await add(send('b'))];
    sender.lead();
    sender.open();
    await vi.advanceTimersByTimeAsync(4_999);
    ids.push(await add(send('c')));
    expect([tries, outbox.waiting, outbox.failed]).toEqual([[2], 3, []]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect([tries, road.log, road.syncs]).toEqual([[2, 3, 3], ids, 0]);
  });

  it('G3: what another tab queued before goes first, also when its news has not come yet', async () => {
    const store = new MemoryOutboxStore();
    const [mine, other] = [await desk(store), await desk(store)];
    mine.sender.lead();
    const ids = [await other.add(send('theirs')), await mine.add(send('mine'))];
    mine.sender.open();
    await settle();
    expect(mine.road.log).toEqual(ids);
  });

  it('lets lanes go side by side', async () => {
    const { outbox, road, sender } = await desk();
    const other = '01890000-0000-7000-8000-000000000002' as ConversationId;
    await outbox.add(send('a'), { lane: conversationId });
    await outbox.add(send('b', other), { lane: other });
    sender.lead();
    sender.open();
    await settle();
    expect(road.mostInFlight).toBe(2);
  });

  it('trap 14, C15: after an answer that never came the same commands go again under the same ids, once each', async () => {
    const { road, sender, add } = await desk();
    const ids = [await add(send('a')), await add(send('b'))];
    let lost = 3;
    road.fate = () => ({ append: Infinity, answer: lost-- <= 0 });
    sender.lead();
    sender.open();
    await settle();
    expect(road.log).toEqual(ids);
    expect(road.batches).toEqual([ids, ids, ids, ids]);
    expect(road.syncs).toBe(3);
  });

  it('G3: whatever is lost, refused for now or cut, no command overtakes an earlier one', async () => {
    const fates = fc.array(
      fc.record({ append: fc.nat({ max: 4 }), answer: fc.boolean(), refusal: fc.constantFrom(waiting, unavailable) }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 30 }), async (plan, count) => {
        const { outbox, road, sender, add } = await desk();
        road.fate = () => plan.shift() ?? { append: Infinity, answer: true };
        sender.lead();
        sender.open();
        const ids: CommandId[] = [];
        for (let n = 0; n < count; n += 1) {
          ids.push(await add(send(`m${n}`)));
          if (n % 7 === 0) await vi.advanceTimersByTimeAsync(3);
        }
        await settle();
        expect(road.log).toEqual(ids);
        expect(outbox.waiting).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('trap 30: a command that is refused for good fails with its reason and holds nobody up', async () => {
    const { outbox, road, sender, add } = await desk();
    const bad = send('bad');
    road.refuse = (command) => (command.commandId === bad.commandId ? notFound : null);
    const [first, , last] = [await add(send('a')), await add(bad), await add(send('b'))];
    sender.lead();
    sender.open();
    await settle();
    expect(road.log).toEqual([first, last]);
    expect(outbox.failed.map(({ commandId, refusal }) => [commandId, refusal])).toEqual([[bad.commandId, notFound]]);
    await outbox.retry(bad.commandId);
    await settle();
    expect(road.log).toHaveLength(3);
    expect([outbox.failed, road.log.includes(bad.commandId)]).toEqual([[], false]);
  });

  it('trap 30: a batch that is refused as a whole goes one by one, and only the bad one fails', async () => {
    const { outbox, road, sender, add } = await desk();
    const bad = send('bad');
    const ids = [await add(send('a')), await add(bad), await add(send('b'))];
    const whole = road.send.bind(road);
    road.send = (commands) =>
      commands.some((command) => command.commandId === bad.commandId)
        ? Promise.reject(new RefusalError({ kind: 'invalid', message: 'This command has an unknown field.' }))
        : whole(commands);
    sender.lead();
    sender.open();
    await settle();
    expect(road.log).toEqual([ids[0], ids[2]]);
    expect(outbox.failed.map((entry) => entry.commandId)).toEqual([bad.commandId]);
  });

  it('G6, trap 16: what fell out of the log waits again before everything newer, under its old id', async () => {
    const { outbox, road, sender, add } = await desk();
    const ids = [await add(send('a')), await add(send('b')), await add(send('c'))];
    sender.lead();
    sender.open();
    await settle();
    sender.pause();
    ids.push(await add(send('d')));
    road.log.length = 1;
    road.epoch = secondEpoch;
    outbox.epochChanged(conversationId, secondEpoch, 1);
    expect(outbox.waiting).toBe(3);
    sender.open();
    await settle();
    expect(road.log).toEqual(ids);
  });

  it('keeps acked commands until they are archived in the present epoch', async () => {
    const { outbox, sender, store, add } = await desk();
    await add(send('a'));
    await add(send('b'));
    sender.lead();
    sender.open();
    await settle();
    outbox.archived(conversationId, secondEpoch, 2);
    expect(await store.all()).toHaveLength(2);
    outbox.archived(conversationId, firstEpoch, 1);
    expect((await store.all()).map((entry) => entry.receipt?.seq)).toEqual([2]);
  });

  it('G6: after a restart acked commands that are not known to be archived are sent once more, before new ones', async () => {
    const before = await desk();
    const acked = await before.add(send('a'));
    before.sender.lead();
    before.sender.open();
    await settle();
    const after = await desk(before.store);
    const fresh = await after.add(send('b'));
    after.sender.lead();
    after.sender.open();
    await settle();
    expect(after.road.log).toEqual([acked, fresh]);
    expect(after.outbox.waiting).toBe(0);
  });

  it('an edit of an own message waits for the message, and then points at it', async () => {
    const { outbox, road, sender, add } = await desk();
    const message = await add(send('a'));
    const edit: Command = {
      type: 'message.edit',
      commandId: newId<CommandId>(),
      conversationId,
      target: { epoch: firstEpoch, seq: 999 as never },
      content: { suite: 'none', text: 'a, edited' },
    };
    await outbox.add(edit, { lane: conversationId, after: message, target: { userId: bob, commandId: message } });
    sender.lead();
    sender.open();
    await settle();
    expect(road.batches).toEqual([[message], [edit.commandId]]);
    const sent = outbox.get(edit.commandId)?.command;
    expect(sent?.type === 'message.edit' && sent.target).toEqual({ epoch: firstEpoch, seq: 1 });
  });

  it('G6: a stale target is found again by who sent it; one that is gone fails the command', async () => {
    const { outbox, road, sender } = await desk();
    const remove: Command = {
      type: 'message.delete',
      commandId: newId<CommandId>(),
      conversationId,
      target: { epoch: firstEpoch, seq: 9 as never },
    };
    const target = { userId: bob, commandId: newId<CommandId>() };
    const stale: Refusal = { kind: 'stale_target', message: 'That message is not where it was.' };
    road.refuse = (command) => ('target' in command && command.target.seq === 9 ? stale : null);
    road.place = { conversationId, epoch: secondEpoch, seq: 4 as never, at: 1 };
    await outbox.add(remove, { lane: conversationId, target });
    sender.lead();
    sender.open();
    await settle();
    expect(road.log).toEqual([remove.commandId]);
    road.place = null;
    await outbox.add({ ...remove, commandId: newId<CommandId>() }, { lane: conversationId, target });
    await settle();
    expect(outbox.failed.map((entry) => entry.refusal?.kind)).toEqual(['stale_target']);
  });

  it('discards what was never tried, and keeps what may be in the log', async () => {
    const { outbox, road, sender, add } = await desk();
    const never = await add(send('never'));
    await outbox.discard(never);
    const undecided = await add(send('undecided'));
    road.fate = () => ({ append: Infinity, answer: false });
    sender.lead();
    sender.open();
    await vi.advanceTimersByTimeAsync(5);
    await outbox.discard(undecided);
    expect([outbox.get(never), outbox.get(undecided)?.state]).toEqual([undefined, 'waiting']);
  });

  it('tells who waits for a command of its receipt or its refusal', async () => {
    const { outbox, road, sender } = await desk();
    const [join, leave] = (['conversation.join', 'conversation.leave'] as const).map((type): Command => ({
      type,
      commandId: newId<CommandId>(),
      conversationId,
    })) as [Command, Command];
    road.refuse = (command) => (command.type === 'conversation.leave' ? notFound : null);
    const joined = outbox.settled(join.commandId);
    const left = outbox.settled(leave.commandId);
    left.catch(() => undefined);
    await outbox.add(join, { lane: conversationId });
    await outbox.add(leave, { lane: conversationId });
    sender.lead();
    sender.open();
    await settle();
    await expect(joined).resolves.toMatchObject({ seq: 1 });
    await expect(left).rejects.toMatchObject({ refusal: notFound });
    expect(outbox.failed).toEqual([]);
  });
});
