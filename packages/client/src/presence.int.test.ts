import type { ConversationId } from '@parley/events';
import { startStack, type Stack } from '@parley/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChatClient } from './chat-client.ts';
import { eventually } from './testing/eventually.ts';
import { firstPerson, nextPerson, open } from './testing/people.ts';

let stack: Stack;
let alice: ChatClient;
let carol: ChatClient;

beforeAll(async () => {
  stack = await startStack({ apis: 2 });
  const [one = '', two = ''] = stack.apis.map(({ url }) => url);
  alice = await open(one, await firstPerson(one, stack.setupCode, 'Alice'));
  carol = await open(two, await nextPerson(one, alice, 'Carol'));
});
afterAll(async () => {
  await Promise.all([alice, carol].map((client) => client.close()));
  await stack.close();
});

const idOf = ({ session }: ChatClient) => session.user.userId;
const seeEachOther = () => [alice.online.has(idOf(carol)), carol.online.has(idOf(alice))];

async function general(): Promise<ConversationId> {
  let found: ConversationId | undefined;
  await eventually(() => {
    found = carol.conversations.find(({ name }) => name === 'general')?.conversationId;
    expect(found).toBeDefined();
  });
  return found ?? ('' as ConversationId);
}

it('C15: whom one sees online comes and goes with the conversations that one shares', async () => {
  const quay = await alice.createChannel('quay', 'private', []);
  await eventually(() => expect(seeEachOther()).toEqual([true, true]));
  await carol.leave(await general());
  await eventually(() => expect(seeEachOther()).toEqual([false, false]));
  // Alice is in it for long: that she is online is no news that anybody would tell.
  await alice.addMember(quay, idOf(carol));
  await eventually(() => expect(seeEachOther()).toEqual([true, true]));
  await alice.removeMember(quay, idOf(carol));
  await eventually(() => expect(seeEachOther()).toEqual([false, false]));
});
