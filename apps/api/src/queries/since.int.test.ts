import type { ConversationId, HistoryPage, HttpRequestOf, Receipt, Session } from '@parley/events';
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

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  worker = new AppProcess({ role: 'worker', env: servers.env });
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
  carol = await join(node, alice, 'Carol');
});
afterAll(async () => {
  await worker.kill();
  await servers.close();
});

const ask = (who: Session, conversationId: ConversationId, query: HttpRequestOf<'history'>) =>
  node.call('history', query, { token: who.accessToken, path: { conversationId } });

async function since(who: Session, conversationId: ConversationId, at: number): Promise<HistoryPage> {
  const answer = await ask(who, conversationId, { since: at, limit: 3 });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** Each is a millisecond later than the one before, as messages of people are. */
async function sayApart(who: Session, group: ConversationId, count: number): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  while (receipts.length < count) {
    const last = receipts.at(-1)?.at ?? 0;
    await eventually('a millisecond is over', () => Date.now() > last);
    receipts.push(await say(node, who, group, `message ${receipts.length + 1}`));
  }
  return receipts;
}

/** Asks for the moment of each message and the ones around, and for what lies before and behind all. */
async function findsEach(who: Session, group: ConversationId, said: readonly Receipt[]): Promise<void> {
  const all = (await ask(who, group, { after: 0, limit: 200 })).body;
  for (const moment of said.flatMap(({ at }) => [at - 1, at, at + 1])) {
    const wanted = all.events.filter(({ at }) => at >= moment).slice(0, 3);
    const page = await since(who, group, moment);
    expect(page.events.map(({ seq }) => seq)).toEqual(wanted.map(({ seq }) => seq));
    expect(page.first).toBe(wanted[0]?.seq ?? page.asOf + 1);
  }
  expect((await since(who, group, 0)).first).toBe(all.events[0]?.seq);
  expect(await since(who, group, Date.now() + 60_000)).toMatchObject({ events: [], last: all.asOf });
}

async function archived(group: ConversationId): Promise<void> {
  await eventually('all is archived', async () => {
    const request = { positions: {}, unarchived: [group] };
    const { body } = await node.call('sync', request, { token: alice.accessToken });
    const found = body.conversations.find(({ conversationId }) => conversationId === group);
    return found !== undefined && found.archived === found.head;
  });
}

test('E18: a page since a moment begins with its first event, in the log, in the archive, and over both', async () => {
  const group = await createGroup(node, alice, [bob]);
  const early = await sayApart(bob, group, 8);
  await findsEach(alice, group, early);
  await worker.start();
  await archived(group);
  await findsEach(alice, group, early);
  await worker.kill();
  const late = await sayApart(bob, group, 4);
  await findsEach(alice, group, [...early, ...late]);
  await worker.start();
});

test('E18: a moment in which one was not a member leads to the first event that one may see', async () => {
  await worker.kill('SIGSTOP');
  onTestFinished(() => void worker.kill('SIGCONT'));
  const group = await createGroup(node, alice, [bob]);
  const { userId } = carol.user;
  const add = { type: 'member.add' as const, conversationId: group, userId, role: 'member' as const };
  const [before] = await sayApart(alice, group, 1);
  const added = await accepted(node, alice, add);
  await accepted(node, alice, { type: 'member.remove', conversationId: group, userId });
  const [away] = await sayApart(alice, group, 1);
  const back = await accepted(node, alice, add);
  await sayApart(alice, group, 1);
  for (const where of ['the log', 'the archive']) {
    expect((await since(carol, group, before?.at ?? 0)).first, where).toBe(added.seq);
    expect((await since(carol, group, away?.at ?? 0)).first, where).toBe(back.seq);
    expect((await since(bob, group, away?.at ?? 0)).first, where).toBe(away?.seq);
    await worker.kill('SIGCONT');
    await archived(group);
  }
});

test('E18: a moment is asked for alone, and only by who may read', async () => {
  const group = await createGroup(node, alice, [bob]);
  for (const place of [{ before: 5 }, { after: 0 }]) {
    expect(await ask(alice, group, { since: 0, ...place })).toMatchObject({
      status: 400,
      problem: { code: 'invalid' },
    });
  }
  expect(await ask(carol, group, { since: 0 })).toMatchObject({ status: 404, problem: { code: 'not_found' } });
});
