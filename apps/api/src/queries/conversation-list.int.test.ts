import type { ConversationId, ConversationView, Position, Session } from '@parley/events';
import { AppProcess } from '@parley/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
let group: ConversationId;

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  worker = new AppProcess({ role: 'worker', env: servers.env });
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
  group = await createGroup(node, alice, [bob]);
});
afterAll(async () => {
  await worker.kill();
  await servers.close();
});

async function list(who: Session): Promise<ConversationView[]> {
  const { status, body } = await node.call('conversations', {}, { token: who.accessToken });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.conversations;
}

async function row(who: Session, conversationId = group): Promise<ConversationView> {
  const found = (await list(who)).find((one) => one.conversationId === conversationId);
  if (!found) throw new Error('The conversation is not in the list.');
  return found;
}

async function allArchived(): Promise<void> {
  await eventually('all is archived', async () => {
    const { body } = await node.call('sync', { positions: {}, unarchived: [group] }, { token: alice.accessToken });
    const found = body.conversations.find((one) => one.conversationId === group);
    return found !== undefined && found.archived === found.head;
  });
}

const textOf = (view: ConversationView): unknown => view.last?.body;
const body = (text: string) => ({ content: { suite: 'none', text } });

test('without a worker the list has everything: names, people, last message, unread, order', async () => {
  expect((await list(alice)).map(({ name }) => name)).toEqual(['Work', 'general']);
  await say(node, bob, group, 'One.');
  await say(node, bob, group, 'Two.');
  const mine = await row(alice);
  expect(mine).toMatchObject({ kind: 'group', role: 'owner', with: [bob.user.userId], unread: 2, head: 3, read: 0 });
  expect(textOf(mine)).toEqual(body('Two.'));
  expect(await row(bob)).toMatchObject({ unread: 0, role: 'member', with: [alice.user.userId] });
  expect((await list(alice)).map(({ kind }) => kind)).not.toContain('directory');
});

test('the same list from the read models, and from both together', async () => {
  const before = await row(alice);
  await worker.start();
  await allArchived();
  expect(await row(alice)).toEqual(before);
  await worker.kill();
  await say(node, bob, group, 'Three.');
  const after = await row(alice);
  expect(after).toMatchObject({ unread: 3, head: 4 });
  expect(textOf(after)).toEqual(body('Three.'));
});

test('what was read is not unread, wherever the mark was set', async () => {
  const { epoch, head } = await row(alice);
  const mark = { conversationId: group, epoch, read: head - 1 };
  expect(await node.call('mark', mark, { token: alice.accessToken })).toMatchObject({ status: 200 });
  expect(await row(alice)).toMatchObject({ read: head - 1, unread: 1 });
});

test('a deleted message is neither unread nor last, archived or not', async () => {
  const four = await say(node, bob, group, 'Four.');
  expect(await row(alice)).toMatchObject({ unread: 2 });
  const target = ({ epoch, seq }: Position): Position => ({ epoch, seq });
  await accepted(node, bob, { type: 'message.delete', conversationId: group, target: target(four) });
  expect(textOf(await row(alice))).toEqual(body('Three.'));
  expect(await row(alice)).toMatchObject({ unread: 1 });
  await worker.start();
  await allArchived();
  expect(await row(alice)).toMatchObject({ unread: 1 });
  await worker.kill();
  const kept = (await row(alice)).last;
  const three = { epoch: four.epoch, seq: kept?.seq ?? four.seq };
  await accepted(node, bob, { type: 'message.delete', conversationId: group, target: three });
  expect(await row(alice)).toMatchObject({ unread: 0 });
  expect(textOf(await row(alice))).toEqual(body('Two.'));
});

test('E7: a direct conversation names the other, and there is one for both', async () => {
  const wish = (other: Session) => ({ type: 'conversation.create', kind: 'direct', with: other.user.userId }) as const;
  const [one, two] = await Promise.all([accepted(node, alice, wish(bob)), accepted(node, bob, wish(alice))]);
  expect(one.conversationId).toBe(two.conversationId);
  expect(await row(alice, one.conversationId)).toMatchObject({ kind: 'direct', name: null, with: [bob.user.userId] });
  expect(await row(bob, one.conversationId)).toMatchObject({ with: [alice.user.userId] });
});

test('G5: who was removed and let in again is in the list before the read models know of the return', async () => {
  await worker.start();
  await accepted(node, alice, { type: 'member.remove', conversationId: group, userId: bob.user.userId });
  await allArchived();
  await worker.kill();
  const back = { type: 'member.add', conversationId: group, userId: bob.user.userId, role: 'member' } as const;
  const { seq } = await accepted(node, alice, back);
  await say(node, alice, group, 'Welcome back.');
  const mine = await row(bob);
  expect(mine).toMatchObject({ head: seq + 1, unread: 1, role: 'member' });
  expect(mine.visible.at(-1)).toEqual({ from: seq });
  expect(textOf(mine)).toEqual(body('Welcome back.'));
});

test('a conversation that one was removed from, or left, is not in the list any more', async () => {
  await accepted(node, alice, { type: 'member.remove', conversationId: group, userId: bob.user.userId });
  expect((await list(bob)).map(({ conversationId }) => conversationId)).not.toContain(group);
  const left = await createGroup(node, alice, [bob]);
  await accepted(node, bob, { type: 'conversation.leave', conversationId: left });
  expect((await list(bob)).map(({ conversationId }) => conversationId)).not.toContain(left);
});
