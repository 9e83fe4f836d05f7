import { randomInt } from 'node:crypto';
import {
  applyChange,
  isMessageChange,
  newId,
  overlayState,
  untouched,
  upcast,
  type ConversationId,
  type HistoryPage,
  type MessageState,
  type ParleyEvent,
  type Position,
  type Session,
} from '@parley/events';
import { AppProcess } from '@parley/stack';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  accepted,
  createGroup,
  join,
  say,
  setUp,
  startServers,
  type ApiNode,
  type Servers,
} from '../testing/api-node.ts';
import { eventually } from '../testing/eventually.ts';

let servers: Servers;
let node: ApiNode;
let worker: AppProcess;
let alice: Session;
let bob: Session;
let carol: Session;
let channel: ConversationId;

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  worker = new AppProcess({ role: 'worker', env: servers.env });
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
  carol = await join(node, alice, 'Carol');
  channel = await createGroup(node, alice, [bob]);
});
afterAll(async () => {
  await worker.kill();
  await servers.close();
});

async function page(who: Session, query: object, conversationId = channel): Promise<HistoryPage> {
  const answer = await node.call('history', query, { token: who.accessToken, path: { conversationId } });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** Every event that one person may see, by the way that does not page: the sync. */
async function everything(who: Session, conversationId = channel): Promise<ParleyEvent[]> {
  const events: ParleyEvent[] = [];
  for (;;) {
    const positions: Record<string, Record<string, number>> = {};
    const last = events.at(-1)?.seq ?? 0;
    if (epoch !== '') positions[epoch] = { [conversationId]: last };
    const { body } = await node.call('sync', { positions }, { token: who.accessToken });
    const found = body.conversations.find((one) => one.conversationId === conversationId);
    if (!found || found.events.length === 0) return events;
    epoch = found.epoch;
    for (const event of found.events) {
      const known = upcast(event);
      if (!('unknown' in known)) events.push(known);
    }
  }
}
let epoch = '';

/** Writes `count` random things: messages, edits, deletions, reactions. */
async function scribble(count: number): Promise<void> {
  const messages: { by: Session; at: Position }[] = [];
  for (let n = 0; n < count; n += 1) {
    const by = randomInt(2) ? alice : bob;
    const target = messages[randomInt(messages.length || 1)];
    const what = target ? randomInt(6) : 0;
    const base = { conversationId: channel };
    if (!target || what < 3) {
      const { epoch: inEpoch, seq } = await say(node, by, channel, `Message ${n}`);
      messages.push({ by, at: { epoch: inEpoch, seq } });
    } else if (what === 3) {
      const content = { suite: 'none' as const, text: `Edited ${n}` };
      await accepted(node, target.by, { ...base, type: 'message.edit', target: target.at, content });
    } else if (what === 4) {
      await accepted(node, target.by, { ...base, type: 'message.delete', target: target.at });
    } else {
      const reaction = { suite: 'none' as const, emoji: randomInt(2) ? '👍' : '🎉' };
      const type = randomInt(3) ? ('reaction.add' as const) : ('reaction.remove' as const);
      await accepted(node, by, { ...base, type, target: target.at, reaction });
    }
  }
}

function foldAll(events: readonly ParleyEvent[]): Map<number, MessageState> {
  const states = new Map<number, MessageState>();
  for (const event of events) {
    if (!isMessageChange(event)) continue;
    const target = event.body.target.seq;
    states.set(target, applyChange(states.get(target) ?? untouched, event));
  }
  return states;
}

/** Pages through all of it with pages of random sizes, and compares everything with a fold of all events. */
async function comparePages(who: Session, direction: 'before' | 'after'): Promise<void> {
  const all = await everything(who);
  const states = foldAll(all);
  const seen: number[] = [];
  const head = all.at(-1)?.seq ?? 0;
  let at = direction === 'before' ? head + 1 : 0;
  for (;;) {
    const one = await page(who, { [direction]: at, limit: 1 + randomInt(40) });
    if (one.first > one.last) break;
    expect(one.asOf).toBeGreaterThanOrEqual(one.last);
    const seqs = one.events.map(({ seq }) => seq);
    for (const event of one.events) expect(event.body).toEqual(all.find(({ seq }) => seq === event.seq)?.body);
    for (const seq of seqs) {
      const overlay = one.overlays.find((candidate) => candidate.seq === seq);
      expect(overlay ? overlayState(overlay) : undefined, `overlay of ${seq}`).toEqual(states.get(seq));
    }
    const withheld = one.withheld.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    expect(seqs.length + withheld).toBe(one.last - one.first + 1);
    if (direction === 'before') seen.unshift(...seqs);
    else seen.push(...seqs);
    at = direction === 'before' ? one.first : one.last;
  }
  expect(seen).toEqual(all.map(({ seq }) => seq));
}

async function archived(upTo: number): Promise<void> {
  await eventually('all is archived', async () => {
    const { body } = await node.call('sync', { positions: {}, unarchived: [channel] }, { token: alice.accessToken });
    const found = body.conversations.find((one) => one.conversationId === channel);
    return (found?.archived ?? 0) >= upTo;
  });
}

test('C19, E18: history without a worker is complete and equals a fold of all events', async () => {
  await scribble(120);
  await comparePages(alice, 'before');
  await comparePages(bob, 'after');
});

test('C19, E18: history from the archive and the tail together equals a fold of all events', async () => {
  await worker.start();
  const { asOf } = await page(alice, {});
  await archived(asOf);
  await comparePages(alice, 'before');
  await comparePages(alice, 'after');
  await worker.kill();
  await scribble(80);
  await comparePages(alice, 'before');
  await comparePages(bob, 'after');
  await worker.start();
});

test('C19: pages never skip or repeat while others write and the worker archives', async () => {
  const writing = scribble(120);
  const before = (await page(alice, {})).asOf;
  const seen: number[] = [];
  for (let at = before + 1; at > 1;) {
    const one = await page(alice, { before: at, limit: 7 });
    seen.unshift(...one.events.map(({ seq }) => seq));
    at = one.first;
  }
  await writing;
  expect(seen).toEqual(Array.from({ length: before }, (_, at) => at + 1));
});

test('minSeq: what was acknowledged is there at once, and what does not exist is not made up', async () => {
  const { seq } = await say(node, bob, channel, 'Now.');
  const newest = await page(alice, { minSeq: seq, limit: 1 });
  expect(newest.events.map((event) => event.seq)).toEqual([seq]);
  const answer = await node.call(
    'history',
    { minSeq: seq + 1_000 },
    { token: alice.accessToken, path: { conversationId: channel } },
  );
  expect(answer).toMatchObject({ status: 503, problem: { code: 'unavailable' } });
});

test('somebody who was added late sees nothing from before, in no page and in no overlay', async () => {
  const added = await accepted(node, alice, {
    type: 'member.add',
    conversationId: channel,
    userId: carol.user.userId,
    role: 'member',
  });
  await say(node, alice, channel, 'Welcome.');
  const old = await page(alice, { after: 1, limit: 1 });
  const target = { epoch: old.epoch, seq: old.events[0]?.seq ?? 1 } as Position;
  const reaction = { suite: 'none' as const, emoji: '👀' };
  await accepted(node, alice, { type: 'reaction.add', conversationId: channel, target, reaction });
  const newest = await page(carol, { limit: 200 });
  expect(newest.events.map(({ seq }) => seq)).toEqual([added.seq, added.seq + 1, added.seq + 2]);
  expect(newest.first).toBe(1);
  expect(newest.withheld.map(({ from, to }) => [from, to])).toEqual([[1, added.seq - 1]]);
  expect(newest.overlays).toEqual([]);
});

test('somebody who was added late sees nothing from before, also of what only the log holds yet', async () => {
  await worker.kill('SIGSTOP');
  onTestFinished(() => void worker.kill('SIGCONT'));
  const group = await createGroup(node, alice, [bob]);
  await say(node, alice, group, 'Before Carol.');
  const { userId } = carol.user;
  const added = await accepted(node, alice, { type: 'member.add', conversationId: group, userId, role: 'member' });
  await say(node, alice, group, 'Welcome.');
  for (const query of [{ limit: 200 }, { after: 0, limit: 200 }, { before: added.seq + 1, limit: 200 }]) {
    const seen = await page(carol, query, group);
    expect(seen.events.map(({ seq }) => seq).filter((seq) => seq < added.seq)).toEqual([]);
    expect(seen.withheld.map(({ from, to }) => [from, to])).toEqual([[1, added.seq - 1]]);
  }
  const [all, hers] = [await page(bob, {}, group), await page(carol, {}, group)];
  expect(hers.events).toEqual(all.events.filter(({ seq }) => seq >= added.seq));
});

test('what is withheld carries the chain after it, in sync and in history, once that is archived', async () => {
  const { asOf } = await page(carol, {});
  await archived(asOf);
  const [hidden] = (await page(carol, { limit: 200 })).withheld;
  const { body } = await node.call('sync', { positions: {} }, { token: carol.accessToken });
  const [synced] = body.conversations.find(({ conversationId }) => conversationId === channel)?.withheld ?? [];
  const next = await page(alice, { after: hidden?.to ?? 0, limit: 1 });
  expect(next.chain).toMatch(/^[0-9a-f]{64}$/);
  expect(hidden).toEqual({ from: 1, to: next.first - 1, chain: next.chain });
  expect(synced).toEqual(hidden);
});

test('a receipt is found by (user, commandId), before and after it is archived, and not by who may not see it', async () => {
  const wish = { type: 'message.send', conversationId: channel, content: { suite: 'none', text: 'Find me.' } } as const;
  const receipt = await accepted(node, bob, wish);
  const sent = await page(alice, { after: receipt.seq - 1, limit: 1 });
  const commandId = sent.events[0]?.commandId ?? newId();
  const path = { conversationId: channel, userId: bob.user.userId, commandId };
  const find = () => node.call('receipt', {}, { token: alice.accessToken, path });
  expect(await find()).toMatchObject({ status: 200, body: receipt });
  await archived(receipt.seq);
  expect(await find()).toMatchObject({ status: 200, body: receipt });
  const first = (await page(alice, { after: 1, limit: 1 })).events[0];
  const early = { conversationId: channel, userId: first?.actor.userId ?? '', commandId: first?.commandId ?? '' };
  expect(await node.call('receipt', {}, { token: carol.accessToken, path: early })).toMatchObject({ status: 404 });
});
