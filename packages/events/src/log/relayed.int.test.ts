import { createAdapter } from '@socket.io/redis-streams-adapter';
import { ephemeralRedis, until } from '@parley/servers';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionOf, type ConversationId, type Epoch } from '../contract/ids.ts';
import { FanOut } from './fan-out.ts';
import { FanOutConnection } from './fan-out-connection.ts';
import { FANOUT_STREAM } from './keys.ts';
import { LogTail } from './log-tail.ts';
import { LogWork } from './log-work.ts';
import { openEventLog, type RedisEventLog } from './redis-event-log.ts';
import { relayedEntries } from './relayed-entries.ts';
import { RelayedFanOut } from './relayed-fan-out.ts';
import { add, appended, join, leave, LogNodes, message, newGroup, person, remove } from './testing/log-nodes.ts';

let nodes: LogNodes;
let log: RedisEventLog;
let tail: LogTail;
const [alice, bob, carol] = [person(), person(), person()];

beforeAll(async () => {
  nodes = await LogNodes.start();
  log = await nodes.node();
  tail = new LogTail(nodes.server.url);
});
afterAll(async () => {
  tail.close();
  await nodes.stop();
});

type Entry = Readonly<Record<string, string | undefined>>;

async function streamOf(redis: Redis): Promise<Entry[]> {
  const raw = await redis.xrange(FANOUT_STREAM, '-', '+');
  return raw.map(([, fields]) =>
    Object.fromEntries(fields.flatMap((name, at) => (at % 2 ? [] : [[name, fields[at + 1]]]))),
  );
}
const about = (id: ConversationId) => (entry: Entry) => entry.data?.includes(id) === true;
const comparable = ({ type, data }: { readonly type?: string; readonly data?: string }) => ({ type, data });

/** What the relay makes of each entry of a conversation's partition. */
async function relayed(id: ConversationId): Promise<ReturnType<typeof relayedEntries>> {
  const partition = partitionOf(id);
  const epoch = (await tail.heads())?.heads.at(partition)?.epoch ?? ('' as Epoch);
  const read = await tail.next(Array.from({ length: 64 }, () => 0));
  return (read.entries.get(partition) ?? []).flatMap((entry) => relayedEntries(epoch, [entry]));
}

describe('trap 13: a relay writes what the append script and the adapter write', () => {
  it('a creation, messages, who is added, joins, leaves and is removed', async () => {
    const id = await newGroup(log, alice, { kind: 'channel', visibility: 'public', others: [bob] });
    await appended(log, message(alice, id, 'Grüße "all" \u2028 of you'));
    await appended(log, join(carol, id));
    await appended(log, leave(carol, id));
    await appended(log, add(alice, id, carol));
    await appended(log, remove(alice, id, bob));
    const written = (await streamOf(nodes.redis)).filter(about(id)).map(comparable);
    expect(written.map(({ type }) => type)).toEqual(['4', '3', '3', '4', '3', '3', '5', '4', '3', '3', '5']);
    expect((await relayed(id)).filter(({ data }) => data.includes(id)).map(comparable)).toEqual(written);
  });

  it('runs of one conversation stay below 64 kB, and changes of members stand between them', async () => {
    const id = await newGroup(log, alice);
    for (let n = 0; n < 12; n += 1) await appended(log, message(alice, id, 'x'.repeat(8_000)));
    await appended(log, add(alice, id, bob));
    await appended(log, message(bob, id, 'here'));
    await appended(log, remove(alice, id, bob));
    await appended(log, message(alice, id, 'gone'));
    const partition = partitionOf(id);
    const read = await tail.next(Array.from({ length: 64 }, () => 0));
    const entries = relayedEntries('00000000000000aa' as Epoch, read.entries.get(partition) ?? []).filter(({ data }) =>
      data.includes(id),
    );
    expect(entries.map(({ type }) => type)).toEqual(['4', '3', '3', '4', '3', '5', '3']);
    for (const { data } of entries) expect(data.length).toBeLessThan(66_000);
    expect(entries.map(({ data }) => data.match(/"seq":/g)?.length ?? 0).reduce((one, other) => one + other)).toBe(17);
  });

  it('the adapter writes the same', async () => {
    const other = await ephemeralRedis();
    const redis = new Redis(other.url);
    const io = new Server(0);
    io.adapter(createAdapter(redis));
    try {
      const id = await newGroup(log, alice, { others: [bob] });
      const [joins, broadcast] = (await relayed(id)).filter(({ data }) => data.includes(id));
      const push = JSON.parse(broadcast?.data ?? '') as { packet: { data: [string, object] } };
      io.in([`u:${alice.userId}`, `u:${bob.userId}`]).socketsJoin(`c:${id}`);
      io.to(`c:${id}`).emit('events', push.packet.data[1]);
      io.in(`u:${bob.userId}`).socketsLeave(`c:${id}`);
      await expect.poll(() => redis.xlen(FANOUT_STREAM)).toBe(3);
      const [theirJoin, theirBroadcast, theirLeave] = (await streamOf(redis)).map(comparable);
      expect([joins, broadcast].map((entry) => entry && comparable(entry))).toEqual([theirJoin, theirBroadcast]);
      await appended(log, remove(alice, id, bob));
      const left = (await relayed(id)).filter(({ data }) => data.includes(id)).at(-1);
      expect(left && comparable(left)).toEqual(theirLeave);
    } finally {
      await io.close();
      redis.disconnect();
      await other.stop();
    }
  });
});

describe('a fan-out on a server of its own', () => {
  let server: Awaited<ReturnType<typeof ephemeralRedis>>;
  let redis: Redis;
  let fanOut: FanOut;
  let connection: FanOutConnection;
  let [first, second]: RelayedFanOut[] = [];
  const beats = () =>
    fanOut.heartbeat('n1', 'beat').then(
      () => true,
      () => undefined,
    );
  const heads = () => Promise.resolve(tail.heads()).then((found) => found ?? { run: '', heads: [] });

  beforeAll(async () => {
    server = await ephemeralRedis();
    redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    await redis.ping();
    connection = new FanOutConnection(server.url);
    [first, second] = [new RelayedFanOut(server.url), new RelayedFanOut(server.url)];
    fanOut = new FanOut(connection);
    await until(beats, 60_000);
  });
  afterAll(async () => {
    for (const one of [connection, first, second]) one?.close();
    redis.disconnect();
    await server.stop();
  });

  async function filled(): Promise<string> {
    // In one breath: a lease ends while this process stands still.
    const [, token = ''] = await Promise.all([first?.lease(), first?.beginFilling()]);
    await first?.forgetAll(token);
    for await (const users of tail.hearing()) await first?.fill(token, users);
    await first?.endFilling(token, await heads());
    return token;
  }

  it('what is appended leaves no trace in a fan-out on the log', async () => {
    const { archive } = nodes;
    const relayedLog = await openEventLog({ url: nodes.server.url, fanOutUrl: server.url, archive, lineage: archive });
    try {
      const before = await nodes.redis.get('fanout:n');
      const id = await newGroup(relayedLog, alice, { others: [bob] });
      await appended(relayedLog, message(bob, id, 'quiet'));
      expect(await nodes.redis.get('fanout:n')).toBe(before);
      expect((await streamOf(nodes.redis)).some(about(id))).toBe(false);
      expect((await relayed(id)).filter(({ data }) => data.includes(id))).toHaveLength(3);
    } finally {
      await relayedLog.close();
    }
  });

  it('nobody enters while it is filled; then everybody hears what the log says', async () => {
    const id = await newGroup(log, alice, { others: [bob] });
    await expect(fanOut.enter('n1', 'm1', [bob.userId])).rejects.toThrow();
    const token = await filled();
    await expect(fanOut.enter('n1', 'm2', [bob.userId])).rejects.toThrow();
    await first?.open(token);
    const [entry] = await fanOut.enter('n1', 'm3', [bob.userId]);
    expect(entry?.conversationIds).toContain(id);
    expect(entry?.version).toBe(await fanOut.userVersion(bob.userId));
  });

  it('takes only n + 1: a second relay of the same entries writes nothing', async () => {
    const id = await newGroup(log, alice);
    await first?.open(await filled());
    const partition = partitionOf(id);
    const from = (await heads()).heads[partition] ?? { epoch: '' as Epoch, n: 0 };
    await appended(log, remove(alice, id, carol)).catch(() => undefined);
    await appended(log, message(alice, id, 'once'));
    const read = await tail.next((await heads()).heads.map(({ n }, at) => (at === partition ? from.n : n)));
    const entries = relayedEntries(from.epoch, read.entries.get(partition) ?? []);
    const step = { from, to: { epoch: from.epoch, n: from.n + 1 }, entries, filling: '' };
    const before = (await streamOf(redis)).length;
    expect(await first?.relay(partition, step)).toBe(true);
    expect(await second?.relay(partition, step)).toBe(false);
    expect((await streamOf(redis)).length).toBe(before + 1);
    expect((await second?.state())?.places[partition]).toBe(`${from.epoch}:${from.n + 1}`);
  });

  it('one relay has the lease; another gets it when it is given back', async () => {
    // At once: a lease ends while this process stands still.
    const taken = await Promise.all([first?.lease(), second?.lease()]);
    expect(taken.toSorted()).toEqual([false, true]);
    const [holder, other] = taken[0] ? [first, second] : [second, first];
    expect(await other?.beginFilling()).toBeUndefined();
    await holder?.release();
    expect(await other?.lease()).toBe(true);
    await other?.release();
  });

  it('what is over never takes more than a quarter of its memory', async () => {
    await redis.config('SET', 'maxmemory', '8mb');
    const work = new LogWork(server.url);
    try {
      for (let n = 0; n < 20; n += 1) {
        await Promise.all(Array.from({ length: 60 }, () => fanOut.disconnect(['d:'.padEnd(2_000, 'x')])));
      }
      const long = await redis.xlen(FANOUT_STREAM);
      await work.trimFanOut({ maxAgeMs: 1e9, maxBytes: 1e9 });
      expect(await redis.xlen(FANOUT_STREAM)).toBeLessThan(long);
    } finally {
      work.close();
      await redis.config('SET', 'maxmemory', '512mb');
    }
  });

  it('G5: after a restart, with or without its data, the next number is never the last plus 1', async () => {
    const numbers = async (): Promise<number[]> => (await streamOf(redis)).map(({ n }) => Number(n));
    const beat = async (): Promise<number> => {
      expect(await until(beats, 60_000)).toBe(true);
      return (await numbers()).at(-1) ?? NaN;
    };
    await beat();
    const before = await beat();
    expect((await numbers()).at(-2)).toBe(before - 1);
    await server.restart();
    const after = await beat();
    expect(after).toBeGreaterThan(before + 2);
    await redis.flushall();
    expect(await beat()).toBeGreaterThan(after + 1);
    // Its connection comes back in its own time.
    const state = await until(() => first?.state().catch(() => undefined), 60_000);
    expect(state).toMatchObject({ ready: false });
  });
});
