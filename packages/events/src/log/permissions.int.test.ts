import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type ConversationId, type UserId } from '../contract/ids.ts';

import type { RedisEventLog } from './redis-event-log.ts';
import {
  add,
  appended,
  changeRole,
  join,
  leave,
  LogNodes,
  message,
  newGroup,
  person,
  remove,
  request,
  verdict,
} from './testing/log-nodes.ts';

let nodes: LogNodes;
let one: RedisEventLog;
let two: RedisEventLog;
const [alice, bob, carol, eve] = [person(), person(), person(), person()];

beforeAll(async () => {
  nodes = await LogNodes.start();
  [one, two] = await Promise.all([nodes.node(), nodes.node()]);
});
afterAll(() => nodes.stop());

describe('who may do what', () => {
  it('strangers and unknown conversations are refused with the same words', async () => {
    const id = await newGroup(one, alice);
    const unknown = newId<ConversationId>();
    const wanted = [
      message(eve, id, 'x'),
      message(eve, unknown, 'x'),
      add(eve, id, eve),
      remove(eve, id, alice),
      join(eve, id),
      leave(eve, id),
    ];
    const outcomes = await Promise.all(wanted.map((each) => one.append(each)));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(verdict(outcomes[0] ?? { outcome: 'refused', refusal: { kind: 'internal', message: '' } })).toBe(
      'not_found',
    );
  });

  it('nobody gives a role above their own, removes their equal, or adds a member twice', async () => {
    const id = await newGroup(one, alice, { others: [bob] });
    expect(verdict(await one.append(add(bob, id, carol, 'moderator')))).toBe('not_found');
    expect(verdict(await one.append(add(bob, id, carol)))).toBe('appended');
    expect(verdict(await one.append(add(alice, id, carol)))).toBe('conflict');
    expect(verdict(await one.append(remove(bob, id, carol)))).toBe('not_found');
    expect(verdict(await one.append(add(alice, id, eve, 'owner')))).toBe('appended');
    expect(verdict(await one.append(remove(alice, id, eve)))).toBe('not_found');
    expect(verdict(await one.append(remove(eve, id, carol)))).toBe('appended');
  });

  it('what needs a moderator is refused for a plain member', async () => {
    const id = await newGroup(one, alice, { others: [bob] });
    const deletion = (by: typeof alice) => {
      const body = { target: { epoch: '00000000000000aa', seq: 1 } };
      return request(by, id, { type: 'message.deleted', body, rule: { rule: 'post', role: 'moderator' } });
    };
    expect(verdict(await one.append(deletion(bob)))).toBe('not_found');
    expect(verdict(await one.append(deletion(alice)))).toBe('appended');
  });

  it('the last owner neither leaves nor steps down; with another owner both go', async () => {
    const id = await newGroup(one, alice, { others: [bob, carol] });
    expect(verdict(await one.append(leave(alice, id)))).toBe('last_owner');
    expect(verdict(await one.append(changeRole(alice, id, alice, 'member')))).toBe('last_owner');
    expect(verdict(await one.append(changeRole(bob, id, bob, 'owner')))).toBe('not_found');
    expect(verdict(await one.append(changeRole(alice, id, eve, 'owner')))).toBe('not_found');
    expect(verdict(await one.append(changeRole(alice, id, bob, 'owner')))).toBe('appended');
    expect(verdict(await one.append(changeRole(bob, id, alice, 'member')))).toBe('not_found');
    expect(verdict(await one.append(changeRole(alice, id, alice, 'moderator')))).toBe('appended');
    expect(verdict(await two.append(leave(alice, id)))).toBe('appended');
    expect(verdict(await two.append(leave(bob, id)))).toBe('last_owner');
    expect(await two.members(id)).toContainEqual({ userId: bob.userId, role: 'owner', since: 1 });
  });

  it('of two owners who leave at once on two nodes, one stays', async () => {
    const id = await newGroup(one, alice, { others: [bob] });
    await appended(one, changeRole(alice, id, bob, 'owner'));
    const outcomes = await Promise.all([one.append(leave(alice, id)), two.append(leave(bob, id))]);
    expect(outcomes.map(verdict).sort()).toEqual(['appended', 'last_owner']);
  });

  it('G13 whoever came and went some hundred times comes no more: what is kept of each member is bounded', async () => {
    const id = await newGroup(one, alice);
    let stays = 0;
    for (; stays < 2_000 && verdict(await one.append(add(alice, id, bob))) === 'appended'; stays += 1)
      await appended(one, remove(alice, id, bob));
    expect(stays).toBeGreaterThan(500);
    expect(stays).toBeLessThan(2_000);
    expect((await one.access(bob.userId, [id]))[0]?.visible).toHaveLength(stays);
    expect(verdict(await one.append(add(alice, id, carol)))).toBe('appended');
  });

  it('only public channels are joined', async () => {
    const open = await newGroup(one, alice, { kind: 'channel', visibility: 'public' });
    const closed = await newGroup(one, alice, { kind: 'channel' });
    expect(verdict(await one.append(join(bob, open)))).toBe('appended');
    expect(verdict(await one.append(join(bob, open)))).toBe('conflict');
    expect(verdict(await one.append(join(bob, closed)))).toBe('not_found');
  });

  it('the directory takes in who registers, and nobody talks in it', async () => {
    const id = await newGroup(one, alice, { kind: 'directory', history: 'all' });
    const body = { userId: bob.userId, role: 'member' };
    const register = request(bob, id, { type: 'user.registered', body, rule: { rule: 'register', role: 'member' } });
    expect(verdict(await one.append(register))).toBe('appended');
    expect((await one.access(bob.userId, [id]))[0]).toMatchObject({ role: 'member', visible: [{ from: 1 }] });
    for (const member of [alice, bob]) expect(verdict(await one.append(message(member, id, 'x')))).toBe('not_found');
  });
});

describe('what may be seen', () => {
  const visible = async (userId: UserId, id: ConversationId) => (await two.access(userId, [id]))[0];

  it('history joined: one interval for each stay', async () => {
    const id = await newGroup(one, alice);
    await appended(one, message(alice, id, '2'));
    await appended(one, add(alice, id, bob));
    await appended(one, message(alice, id, '4'));
    await appended(one, remove(alice, id, bob));
    expect(await visible(bob.userId, id)).toMatchObject({ role: null, visible: [{ from: 3, to: 5 }] });
    await appended(one, message(alice, id, '6'));
    await appended(one, add(alice, id, bob));
    expect(await visible(bob.userId, id)).toMatchObject({ role: 'member', visible: [{ from: 3, to: 5 }, { from: 7 }] });
    expect(await two.members(id)).toContainEqual({ userId: bob.userId, role: 'member', since: 7 });
  });

  it('history all: everything, again after coming back', async () => {
    const id = await newGroup(one, alice, { history: 'all' });
    await appended(one, add(alice, id, bob));
    await appended(one, leave(bob, id));
    expect(await visible(bob.userId, id)).toMatchObject({ role: null, visible: [{ from: 1, to: 3 }] });
    await appended(one, add(alice, id, bob));
    expect(await visible(bob.userId, id)).toMatchObject({ role: 'member', visible: [{ from: 1 }] });
  });

  it('events of the unarchived tail, and where it begins', async () => {
    const id = await newGroup(one, alice);
    for (const text of ['2', '3', '4']) await appended(one, message(alice, id, text));
    expect((await one.events(id, 2, 3)).map(({ seq }) => seq)).toEqual([2, 3]);
    await nodes.archive.archive(nodes.work);
    await appended(one, message(alice, id, 'grüße 👍'));
    expect((await visible(alice.userId, id))?.conversation).toMatchObject({ head: 5, unarchived: 5 });
    expect(await two.events(id, 1, 9)).toMatchObject([
      { seq: 5, body: { content: { suite: 'none', text: 'grüße 👍' } } },
    ]);
  });

  it('unknown conversations have no access, in the order asked', async () => {
    const id = await newGroup(one, alice);
    const found = await one.access(alice.userId, [newId<ConversationId>(), id, newId<ConversationId>()]);
    expect(found.map((each) => each?.conversation.conversationId)).toEqual([undefined, id, undefined]);
  });
});
