import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Server } from 'socket.io';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConversationId } from '../contract/ids.ts';
import { FANOUT_STREAM } from './keys.ts';
import type { RedisEventLog } from './redis-event-log.ts';
import { add, appended, LogNodes, message, newGroup, person, remove } from './testing/log-nodes.ts';

let nodes: LogNodes;
let log: RedisEventLog;
const [alice, bob] = [person(), person()];

beforeAll(async () => {
  nodes = await LogNodes.start();
  log = await nodes.node();
});
afterAll(() => nodes.stop());

interface Entry {
  uid?: string;
  nsp?: string;
  type?: string;
  data?: string;
  n?: string;
}

async function entriesAfter(id: string): Promise<Entry[]> {
  const raw = await nodes.redis.xrange(FANOUT_STREAM, id === '' ? '-' : `(${id}`, '+');
  return raw.map(([, fields]) =>
    Object.fromEntries(fields.flatMap((name, at) => (at % 2 ? [] : [[name, fields[at + 1] ?? '']]))),
  );
}
const lastId = async (): Promise<string> =>
  (await nodes.redis.xrevrange(FANOUT_STREAM, '+', '-', 'COUNT', 1))[0]?.[0] ?? '';

/** What was written into the fan-out meanwhile. */
async function written(act: () => unknown): Promise<Entry[]> {
  const before = await lastId();
  await act();
  return expect
    .poll(() => entriesAfter(before))
    .not.toEqual([])
    .then(() => entriesAfter(before));
}

const comparable = ({ nsp, type, data }: Entry) => ({ nsp, type, data });

describe('trap 13: every entry is what the installed adapter writes', () => {
  const io = new Server(0);
  beforeAll(() => {
    io.adapter(createAdapter(nodes.redis));
  });
  afterAll(() => io.close());

  const sameAs = async (ours: Entry | undefined, act: () => unknown): Promise<void> => {
    const [theirs] = await written(act);
    expect(ours && comparable(ours)).toEqual(theirs && comparable(theirs));
    expect(ours && Object.keys(ours).slice(0, 4)).toEqual(theirs && Object.keys(theirs));
  };

  it('broadcast, join and leave', async () => {
    const created = await written(() => newGroup(log, alice));
    const [joined, broadcast] = created;
    const push = JSON.parse(broadcast?.data ?? '{}') as {
      packet: { data: [string, { conversationId: ConversationId }] };
    };
    const id = push.packet.data[1].conversationId;
    await sameAs(joined, () => {
      io.in(`u:${alice.userId}`).socketsJoin(`c:${id}`);
    });
    await sameAs(broadcast, () => io.to(`c:${id}`).emit('events', push.packet.data[1]));
    await appended(log, add(alice, id, bob));
    const [, left] = await written(() => appended(log, remove(alice, id, bob)));
    await sameAs(left, () => {
      io.in(`u:${bob.userId}`).socketsLeave(`c:${id}`);
    });
  });

  it('disconnect', async () => {
    const [ours] = await written(() => log.fanOut.disconnect([`u:${bob.userId}`]));
    await sameAs(ours, () => {
      io.in(`u:${bob.userId}`).disconnectSockets(true);
    });
  });
});

describe('order in the stream', () => {
  const kinds = (entries: Entry[]): string[] => entries.map(({ type }) => type ?? '');

  it('who comes in joins before the event that adds; who goes leaves after the event that removes', async () => {
    const id = await newGroup(log, alice);
    expect(kinds(await written(() => appended(log, add(alice, id, bob))))).toEqual(['4', '3']);
    expect(kinds(await written(() => appended(log, remove(alice, id, bob))))).toEqual(['3', '5']);
  });

  it('one broadcast for the run of a conversation, split at 64 kB', async () => {
    const id = await newGroup(log, alice);
    const run = await written(() =>
      Promise.all(['2', '3', '4'].map((text) => appended(log, message(alice, id, text)))),
    );
    expect(run).toHaveLength(1);
    const text = 'x'.repeat(7_000);
    const long = await written(() =>
      Promise.all(Array.from({ length: 20 }, () => appended(log, message(alice, id, text)))),
    );
    expect(long.length).toBeGreaterThan(1);
    for (const { data = '' } of long) expect(data.length).toBeLessThan(66_000);
  });

  it('every entry carries the next number of the counter', async () => {
    await log.fanOut.heartbeat('n1', 'beat');
    const ours = (await entriesAfter('')).flatMap(({ n }) => (n === undefined ? [] : [Number(n)]));
    const [first = 0] = ours;
    expect(ours).toEqual(Array.from({ length: ours.length }, (_, at) => first + at));
  });

  it('entering reads what a user hears and writes one marker for all', async () => {
    const id = await newGroup(log, alice, { others: [bob] });
    const version = await log.fanOut.userVersion(bob.userId);
    const before = await lastId();
    const [hersFirst, his] = await log.fanOut.enter('node 1', 'marker 1', [alice.userId, bob.userId]);
    expect(hersFirst?.conversationIds).toContain(id);
    expect(his).toMatchObject({ version, conversationIds: expect.arrayContaining([id]) as unknown });
    const marker = { uid: 'node 1', nsp: '/', type: '0', data: '{"marker":"marker 1"}' };
    expect(await entriesAfter(before)).toMatchObject([marker]);
    await appended(log, remove(alice, id, bob));
    expect(await log.fanOut.userVersion(bob.userId)).toBe(version + 1);
    expect((await log.fanOut.enter('node 1', 'marker 2', [bob.userId]))[0]?.conversationIds).not.toContain(id);
  });

  it('is trimmed by age and size', async () => {
    await nodes.work.trimFanOut({ maxAgeMs: 0, maxBytes: 1e9 }, Date.now() + 1_000);
    const long = await nodes.redis.xlen(FANOUT_STREAM);
    for (let at = 0; at < 300; at += 1) await log.fanOut.heartbeat('n1', String(at));
    await nodes.work.trimFanOut({ maxAgeMs: 1e9, maxBytes: 1 });
    expect(await nodes.redis.xlen(FANOUT_STREAM)).toBeLessThan(long + 300);
  });
});
