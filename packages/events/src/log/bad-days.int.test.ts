import { until } from '@parley/servers';
import { afterEach, describe, expect, it } from 'vitest';
import { partitionOf } from '../contract/ids.ts';
import { appended, appendedInTheEnd, LogNodes, message, newGroup, person, verdict } from './testing/log-nodes.ts';

let nodes: LogNodes;
const alice = person();
afterEach(() => nodes.stop());

describe('G12: no ack that is not durable', () => {
  it('a stopped Redis gives a retryable refusal, and what was in flight is stored once', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    await nodes.server.pause();
    const wanted = Array.from({ length: 40 }, (_, at) => message(alice, id, `${at}`));
    const outcomes = await Promise.all(wanted.map((each) => log.append(each)));
    expect(new Set(outcomes.map(verdict))).toEqual(new Set(['unavailable']));
    expect(verdict(await log.append(message(alice, id, 'while away')))).toBe('unavailable');
    await nodes.server.resume();
    const receipts = [];
    for (const each of wanted) receipts.push(await appendedInTheEnd(log, each));
    expect(receipts.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, at) => at + 2));
  });

  it('reads are refused as unavailable too, and come back by themselves', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    await nodes.server.kill();
    await expect(log.access(alice.userId, [id])).rejects.toMatchObject({ refusal: { kind: 'unavailable' } });
    await expect(log.fanOut.heartbeat('n', 'b')).rejects.toMatchObject({ refusal: { kind: 'unavailable' } });
    // A write that fails is refused before the client has heard that the connection is gone.
    await expect.poll(() => log.status()).toMatchObject({ ready: false });
    await nodes.server.restart();
    expect(await until(() => log.access(alice.userId, [id]).catch(() => undefined), 60_000)).toHaveLength(1);
  });

  it('a long outage is told once, and the next one again', async () => {
    nodes = await LogNodes.start();
    await nodes.server.kill();
    const log = await nodes.node({ awaitReady: false });
    for (let times = 0; times < 3; times += 1) await log.open();
    expect(nodes.faults).toHaveLength(1);
    await nodes.server.restart();
    expect(await until(() => log.status().ready || undefined, 60_000)).toBe(true);
    nodes.faults.length = 0;
    await nodes.server.kill();
    for (let times = 0; times < 3; times += 1) await log.open();
    expect(nodes.faults).toHaveLength(1);
  });

  it('Redis late at boot: not ready, then ready alone', async () => {
    nodes = await LogNodes.start();
    await nodes.server.kill();
    const log = await nodes.node({ awaitReady: false });
    expect(log.status()).toMatchObject({ ready: false });
    await nodes.server.restart();
    expect(await until(() => log.status().ready || undefined, 60_000)).toBe(true);
    expect((await appended(log, message(alice, await newGroup(log, alice), 'x'))).seq).toBe(2);
  });
});

describe('trap 23: at 80 % of maxmemory', () => {
  it('appends are refused as log_full long before Redis is full, while the worker reads and trims; then they go on', async () => {
    const limit = 24 * 1024 * 1024;
    nodes = await LogNodes.start({ maxmemory: String(limit) });
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const text = 'x'.repeat(8_000);
    // In small steps, and then one by one: what is added until the node looks the next time must not fill the server.
    while ((await usedMemory()) <= 0.8 * limit) {
      await Promise.all(Array.from({ length: 20 }, () => log.append(message(alice, id, text))));
    }
    const full = await until(async () => {
      return verdict(await log.append(message(alice, id, 'one more'))) === 'log_full' || undefined;
    }, 20_000);
    expect(full).toBe(true);
    expect(await usedMemory()).toBeLessThan(0.9 * limit);
    expect(await nodes.redis.info('errorstats')).not.toContain('errorstat_OOM');
    const stored = (await log.access(alice.userId, [id]))[0]?.conversation.head;
    await nodes.archive.archive(nodes.work);
    expect((await nodes.archive.entriesAfter(partitionOf(id), 0, 1e6)).length).toBe(stored);
    expect(await nodes.work.trimLog(partitionOf(id), 100)).toBeGreaterThan(0);
    await nodes.work.trimFanOut({ maxAgeMs: 0, maxBytes: 1e9 }, Date.now() + 1_000);
    expect((await appendedInTheEnd(log, message(alice, id, 'room again'))).seq).toBe((stored ?? 0) + 1);
  });

  it('a Redis that is full inside the script: log_full, nothing half-written; archiving and trimming go on', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    await Promise.all(Array.from({ length: 300 }, (_, at) => appended(log, message(alice, id, `${at}`))));
    const standing = await dump();
    const wanted = Array.from({ length: 20 }, (_, at) => message(alice, id, `full ${at}`));
    // The limit falls below what is in use, so that the script itself meets it: counted by Redis as an error.
    await until(async () => {
      await nodes.redis.config('SET', 'maxmemory', '1mb');
      const outcomes = await Promise.all(wanted.map((each) => log.append(each)));
      expect(new Set(outcomes.map(verdict))).toEqual(new Set(['log_full']));
      const met = (await nodes.redis.info('errorstats')).includes('errorstat_OOM');
      if (!met) await nodes.redis.config('SET', 'maxmemory', '1gb');
      return met ? true : undefined;
    }, 20_000);
    expect(await nodes.redis.info('errorstats')).toContain('errorstat_OOM');
    expect(await dump()).toEqual(standing);
    await nodes.archive.archive(nodes.work);
    expect(await nodes.archive.entriesAfter(partitionOf(id), 0, 1_000)).toHaveLength(301);
    expect(await nodes.work.trimLog(partitionOf(id), 0)).toBeGreaterThan(200);
    await nodes.redis.config('SET', 'maxmemory', '1gb');
    const receipts = [];
    for (const each of wanted) receipts.push(await appendedInTheEnd(log, each));
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => 302 + at));
  });
});

/** @returns the bytes that the server counts against `maxmemory`. */
async function usedMemory(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await nodes.redis.info('memory'))?.[1]);
}

/** @returns every key of the log with its value, as Redis would write it to disk. */
async function dump(): Promise<[string, string | undefined][]> {
  const keys = (await nodes.redis.keysBuffer('*')).map((key) => [key.toString('hex'), key] as const);
  const values = await Promise.all(keys.map(([, key]) => nodes.redis.dumpBuffer(key)));
  const pairs = keys.map(([name], at) => [name, values[at]?.toString('hex')] satisfies [string, string | undefined]);
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('trimming', () => {
  it('never touches what is not archived, and n goes on', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    await Promise.all(Array.from({ length: 300 }, (_, at) => appended(log, message(alice, id, `${at}`))));
    expect(await nodes.work.trimLog(partitionOf(id), 0)).toBe(0);
    await nodes.archive.archive(nodes.work);
    await appended(log, message(alice, id, 'new'));
    expect(await nodes.work.trimLog(partitionOf(id), 0)).toBeGreaterThan(200);
    const { entries } = await nodes.work.readLog(partitionOf(id), 301, 10);
    expect(entries).toMatchObject([{ n: 302, seq: 302 }]);
    expect((await log.events(id, 1, 400)).map(({ seq }) => seq)).toEqual([302]);
  });

  it('an entry of somebody else comes raw, and is not skipped', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const partition = partitionOf(id);
    await nodes.redis.xadd(`{p${String(partition).padStart(2, '0')}}:log`, '2-0', 'odd', 'thing');
    const { entries } = await nodes.work.readLog(partition, 0, 10);
    expect(entries).toMatchObject([
      { n: 1, seq: 1 },
      { n: 2, unreadable: 'a field is missing' },
    ]);
  });
});
