import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, partitionOf, type CommandId, type WorkspaceId } from '../contract/ids.ts';
import { directConversationId } from './direct-conversation.ts';
import type { AppendRequest } from './event-log.ts';
import type { RedisEventLog } from './redis-event-log.ts';
import {
  add,
  appended,
  commandIdAt,
  creation,
  leave,
  LogNodes,
  message,
  newGroup,
  person,
  receiptOf,
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

describe('order', () => {
  it('G3: two nodes at once leave seq dense in every conversation and n dense in every partition', async () => {
    const groups = await Promise.all(Array.from({ length: 20 }, () => newGroup(one, alice)));
    const sent = groups.flatMap((id) =>
      Array.from({ length: 60 }, (_, at) => appended(at % 2 === 0 ? one : two, message(alice, id, `m${at}`))),
    );
    const receipts = await Promise.all(sent);
    for (const id of groups) {
      const seqs = receipts.filter(({ conversationId }) => conversationId === id).map(({ seq }) => seq);
      expect(seqs.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, at) => at + 2));
    }
    for (const partition of new Set(groups.map(partitionOf))) {
      const { head, entries } = await nodes.work.readLog(partition, 0, 100_000);
      expect(entries.map(({ n }) => n)).toEqual(Array.from({ length: head }, (_, at) => at + 1));
    }
  });

  it('G3: what one device sends in a row lands in that order', async () => {
    const id = await newGroup(one, alice);
    const receipts = await Promise.all(
      Array.from({ length: 500 }, (_, at) => appended(one, message(alice, id, `m${at}`))),
    );
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, at) => at + 2));
  });

  it('a command that changes members is decided between the messages around it', async () => {
    const id = await newGroup(one, alice, { others: [bob] });
    const outcomes = await Promise.all([
      one.append(message(bob, id, 'before')),
      one.append(remove(alice, id, bob)),
      one.append(message(bob, id, 'after')),
      one.append(add(alice, id, bob)),
      one.append(message(bob, id, 'again')),
    ]);
    expect(outcomes.map(verdict)).toEqual(['appended', 'appended', 'not_found', 'appended', 'appended']);
  });

  it('large commands are split into several calls and all land', async () => {
    const id = await newGroup(one, alice);
    const text = 'x'.repeat(30_000);
    const receipts = await Promise.all(Array.from({ length: 30 }, () => appended(one, message(alice, id, text))));
    expect(receipts.at(-1)?.seq).toBe(31);
  });
});

describe('idempotency', () => {
  it('G2: the same command gives the same receipt, in one call, in the next, and on another node', async () => {
    const id = await newGroup(one, alice);
    const wanted = message(alice, id, 'once');
    const [first, second] = await Promise.all([one.append(wanted), one.append({ ...wanted, at: wanted.at + 5 })]);
    const later = await Promise.all([one.append(wanted), two.append(wanted)]);
    expect([first, second, ...later].map(verdict)).toEqual(['appended', 'repeated', 'repeated', 'repeated']);
    for (const outcome of [second, ...later]) expect(receiptOf(outcome)).toEqual(receiptOf(first));
  });

  it('G2: another body or type under the same id is a conflict', async () => {
    const id = await newGroup(one, alice);
    const wanted = message(alice, id, 'once');
    await appended(one, wanted);
    expect(verdict(await one.append({ ...wanted, body: '{"content":{"suite":"none","text":"other"}}' }))).toBe(
      'conflict',
    );
    expect(verdict(await one.append({ ...wanted, type: 'message.edited' }))).toBe('conflict');
  });

  it('G2: a retry gets its receipt even after its author was removed', async () => {
    const id = await newGroup(one, alice, { others: [bob] });
    const wanted = message(bob, id, 'last words');
    const first = await one.append(wanted);
    await appended(one, remove(alice, id, bob));
    expect(await two.append(wanted)).toEqual({ outcome: 'repeated', receipt: receiptOf(first) });
  });

  it('G2: two people may use the same id, and one person in two conversations', async () => {
    const [id, other] = [await newGroup(one, alice, { others: [bob] }), await newGroup(one, alice)];
    const commandId = newId<CommandId>();
    const wanted = [
      message(alice, id, 'a', commandId),
      message(bob, id, 'b', commandId),
      message(alice, other, 'c', commandId),
    ];
    expect((await Promise.all(wanted.map((each) => one.append(each)))).map(verdict)).toEqual([
      'appended',
      'appended',
      'appended',
    ]);
  });

  it('an id from more than a day ahead is invalid', async () => {
    const id = await newGroup(one, alice);
    expect(verdict(await one.append(message(alice, id, 'x', commandIdAt(Date.now() + 25 * 3_600_000))))).toBe(
      'invalid',
    );
    expect(verdict(await one.append(message(alice, id, 'x', commandIdAt(Date.now() + 23 * 3_600_000))))).toBe(
      'appended',
    );
  });
});

describe('clocks', () => {
  it('G2: an id that is ahead of a clock which was put back keeps its receipt', async () => {
    const now = Date.now();
    const ahead = await nodes.node({ now: () => now + 3_600_000 });
    const id = await newGroup(one, alice);
    const wanted = message(alice, id, 'x', commandIdAt(now + 24.5 * 3_600_000));
    const first = await ahead.append(wanted);
    expect(verdict(first)).toBe('appended');
    expect(await one.append(wanted)).toEqual({ outcome: 'repeated', receipt: receiptOf(first) });
    expect(verdict(await one.append(message(alice, id, 'y', commandIdAt(now + 24.5 * 3_600_000))))).toBe('invalid');
  });
});

describe('direct conversations', () => {
  const workspace = newId<WorkspaceId>();
  const direct = (by: typeof alice, other: typeof alice): AppendRequest => {
    const members = [by, other].map(({ userId }) => ({ userId, role: 'member' as const }));
    const settings = { kind: 'direct', visibility: 'private', history: 'all' } as const;
    const id = directConversationId(workspace, by.userId, other.userId);
    return request(by, id, {
      type: 'conversation.created',
      body: { ...settings, members },
      rule: { rule: 'create', ...settings, members },
    });
  };

  it('whoever comes second gets the first one, whichever node and order', async () => {
    const outcomes = await Promise.all([one.append(direct(alice, bob)), two.append(direct(bob, alice))]);
    expect(outcomes.map(verdict).sort()).toEqual(['appended', 'repeated']);
    const [first, second] = outcomes.map(receiptOf);
    expect(second).toEqual(first);
    expect(first?.seq).toBe(1);
  });

  it('an existing one of another pair under that id is a conflict', async () => {
    const wanted = direct(alice, carol);
    await appended(one, wanted);
    const forged = { ...direct(eve, carol), conversationId: wanted.conversationId };
    expect(verdict(await one.append(forged))).toBe('conflict');
  });

  it('members are fixed', async () => {
    const { conversationId } = receiptOf(await one.append(direct(bob, carol)));
    const outcomes = await Promise.all(
      [add(bob, conversationId, eve), leave(bob, conversationId)].map((each) => one.append(each)),
    );
    expect(outcomes.map(verdict)).toEqual(['not_found', 'not_found']);
  });
});

it('a creation that is sent again on another node gives the same conversation', async () => {
  const wanted = creation(alice);
  const outcomes = await Promise.all([one.append(wanted), two.append(wanted)]);
  expect(outcomes.map(verdict).sort()).toEqual(['appended', 'repeated']);
});
