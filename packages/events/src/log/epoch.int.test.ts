import { readFileSync, readdirSync, truncateSync } from 'node:fs';
import { join as path } from 'node:path';
import { until } from '@parley/servers';
import { afterEach, describe, expect, it } from 'vitest';
import { partitionOf, type ConversationId } from '../contract/ids.ts';
import type { Lineage } from './event-log.ts';
import {
  add,
  appended,
  appendedInTheEnd,
  decided,
  LogNodes,
  message,
  newGroup,
  person,
  verdict,
} from './testing/log-nodes.ts';

let nodes: LogNodes;
const [alice, bob] = [person(), person()];
afterEach(() => nodes.stop());

/** The file that Redis appends to. */
function appendOnlyFile(dataDir: string): string {
  const folder = path(dataDir, 'appendonlydir');
  const name = readdirSync(folder).find((file) => file.endsWith('.incr.aof'));
  if (!name) throw new Error('Redis has no append-only file.');
  return path(folder, name);
}

/** Kills Redis and takes from its file what was written after `bytes`: what a power cut does to what was not synced. */
async function losePower(bytes: number): Promise<void> {
  await nodes.server.kill();
  truncateSync(appendOnlyFile(nodes.server.dataDir), bytes);
  await nodes.server.restart();
}
const written = (): number => readFileSync(appendOnlyFile(nodes.server.dataDir)).length;

async function seqsOf(id: ConversationId): Promise<number[]> {
  const { entries } = await nodes.work.readLog(partitionOf(id), 0, 10_000);
  return entries.flatMap((entry) => ('seq' in entry && entry.conversationId === id ? [entry.seq] : []));
}

describe('a new run of the log', () => {
  it('G1 G6: kill -9 and restart: a new epoch before the first ack, nothing acked is lost', async () => {
    nodes = await LogNodes.start();
    const [one, two] = [await nodes.node(), await nodes.node()];
    const id = await newGroup(one, alice);
    const before = await Promise.all(Array.from({ length: 50 }, (_, at) => appended(one, message(alice, id, `${at}`))));
    await nodes.server.kill();
    await nodes.server.restart();
    const after = await Promise.all(
      [one, two].map((log, at) => appendedInTheEnd(log, message(alice, id, `after ${at}`))),
    );
    expect(after.map(({ seq }) => seq).sort()).toEqual([52, 53]);
    expect(new Set(after.map(({ epoch }) => epoch)).size).toBe(1);
    expect(after[0]?.epoch).not.toBe(before[0]?.epoch);
    expect(await seqsOf(id)).toEqual(Array.from({ length: 53 }, (_, at) => at + 1));
    expect(await one.shared(id, before[0]?.epoch ?? after[0]?.epoch ?? ('' as never))).toBe(51);
  });

  it('G2 G6: what was in flight when Redis died is stored once, by its commandId', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const wanted = Array.from({ length: 300 }, (_, at) => message(alice, id, `${at}`));
    const first = wanted.map((each) => log.append(each));
    await nodes.server.kill();
    const acked = (await Promise.all(first)).flatMap((outcome) =>
      outcome.outcome === 'refused' ? [] : [outcome.receipt.seq],
    );
    await nodes.server.restart();
    const receipts = [];
    for (const each of wanted) receipts.push(await appendedInTheEnd(log, each));
    expect(await seqsOf(id)).toEqual(Array.from({ length: 301 }, (_, at) => at + 1));
    expect(receipts.map(({ seq }) => seq)).toEqual(expect.arrayContaining(acked));
  });

  it('G6: acked events that fell out of the log, not archived: their (epoch, seq) never comes back', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const kept = await appended(log, message(alice, id, 'kept'));
    const bytes = written();
    const lost = [await appended(log, message(alice, id, 'lost 1')), await appended(log, message(alice, id, 'lost 2'))];
    await losePower(bytes);
    const next = await appendedInTheEnd(log, message(alice, id, 'next'));
    expect(next.seq).toBe(lost[0]?.seq);
    expect(next.epoch).not.toBe(kept.epoch);
    expect(await log.shared(id, kept.epoch)).toBe(kept.seq);
    expect(await log.shared(id, next.epoch)).toBe(next.seq);
  });

  it('G6: acked events that fell out of the log, but are archived, come back with receipts and members', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const bytes = written();
    const wanted = message(alice, id, 'archived');
    const first = await appended(log, wanted);
    await appended(log, add(alice, id, bob));
    await appended(log, message(bob, id, 'hello'));
    await nodes.archive.archive(nodes.work);
    await appended(log, message(bob, id, 'lost'));
    await losePower(bytes);
    const { outcome: again } = await decided(log, wanted);
    expect(again).toEqual({ outcome: 'repeated', receipt: first });
    const next = await appended(log, message(bob, id, 'next'));
    expect(next.seq).toBe(5);
    expect(await log.shared(id, first.epoch)).toBe(4);
    expect((await log.access(bob.userId, [id]))[0]).toMatchObject({ role: 'member', visible: [{ from: 3 }] });
    expect((await log.access(bob.userId, [id]))[0]?.conversation).toMatchObject({ head: 5, unarchived: 5 });
    const { entries } = await nodes.work.readLog(partitionOf(id), 0, 100);
    expect(entries.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
  });

  it('G6: what fell out of the log comes back also where it was all that the partition had', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const bytes = written();
    const id = await newGroup(log, alice);
    await nodes.archive.archive(nodes.work);
    await losePower(bytes);
    expect((await appendedInTheEnd(log, message(alice, id, 'next'))).seq).toBe(2);
    expect(await seqsOf(id)).toEqual([1, 2]);
  });

  it('G6: an epoch whose traces fell out of the log still cuts what older clients share', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const first = await appended(log, message(alice, id, '2'));
    const backup = written();
    await appended(log, message(alice, id, 'lost 3'));
    await losePower(backup);
    const second = await appendedInTheEnd(log, message(alice, id, 'other 3'));
    await appended(log, message(alice, id, '4'));
    await nodes.archive.archive(nodes.work);
    await losePower(backup);
    const third = await appendedInTheEnd(log, message(alice, id, '5'));
    expect([first, second, third].map(({ seq }) => seq)).toEqual([2, 3, 5]);
    expect(await log.shared(id, first.epoch)).toBe(2);
    expect(await log.shared(id, second.epoch)).toBe(4);
    expect(await log.shared(id, '0123456789abcdef' as typeof first.epoch)).toBe(0);
  });

  it('G6: a node that only reads or beats notices a new run too', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const epoch = (await log.access(alice.userId, [id]))[0]?.conversation.epoch;
    await nodes.server.kill();
    await nodes.server.restart();
    const now = await until(async () => {
      await log.fanOut.heartbeat('n1', 'beat').catch(() => undefined);
      const found = await log.access(alice.userId, [id]).catch(() => []);
      return found[0]?.conversation.epoch;
    }, 60_000);
    expect(now).toBeDefined();
    expect(now).not.toBe(epoch);
  });

  it('without the archive there is no opening: sends are refused until it is back', async () => {
    nodes = await LogNodes.start();
    let away = false;
    const lineage: Lineage = {
      open: (...args) => (away ? Promise.reject(new Error('MongoDB is away.')) : nodes.archive.open(...args)),
    };
    const log = await nodes.node({ lineage });
    const id = await newGroup(log, alice);
    away = true;
    await nodes.server.kill();
    await nodes.server.restart();
    expect(await until(() => !log.status().ready || undefined, 60_000)).toBe(true);
    const outcome = await log.append(message(alice, id, 'refused'));
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { kind: 'unavailable' } });
    away = false;
    expect((await appendedInTheEnd(log, message(alice, id, 'taken'))).seq).toBe(2);
  });

  it('G6: an append of an epoch that is over is not taken in the next one', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const tag = `{p${String(partitionOf(id)).padStart(2, '0')}}:`;
    await nodes.redis.hset(`${tag}epoch`, 'id', 'feedfeedfeedfeed');
    const receipt = await appendedInTheEnd(log, message(alice, id, 'next'));
    expect(receipt).toMatchObject({ epoch: 'feedfeedfeedfeed', seq: 2 });
    expect((await log.access(alice.userId, [id]))[0]?.conversation.epoch).toBe(receipt.epoch);
  });

  it('the scripts were flushed, the run is the same: the epoch stays', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const before = await appended(log, message(alice, id, '2'));
    await nodes.redis.script('FLUSH');
    const after = await Promise.all(['3', '4'].map((text) => appendedInTheEnd(log, message(alice, id, text))));
    expect(after.map(({ epoch }) => epoch)).toEqual([before.epoch, before.epoch]);
    expect(after.map(({ seq }) => seq)).toEqual([3, 4]);
  });
});

describe('a log that was emptied', () => {
  it('is refused while the archive holds more, and says what to do', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    await nodes.archive.archive(nodes.work);
    await nodes.redis.flushall();
    await expect(nodes.node()).rejects.toThrow(/npm run parley -- restore-log/);
    expect(verdict(await log.append(message(alice, id, 'x')))).toBe('unavailable');
  });

  it('G6: without an archive it begins a new epoch, also in the same run', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const epoch = (await log.access(alice.userId, [id]))[0]?.conversation.epoch;
    await nodes.redis.flushall();
    const isEmpty = async (): Promise<true | undefined> => {
      const found = await log.access(alice.userId, [id]).catch(() => undefined);
      return found && found[0] === undefined ? true : undefined;
    };
    expect(await until(isEmpty, 60_000)).toBe(true);
    const next = await newGroup(log, alice);
    expect((await log.access(alice.userId, [next]))[0]?.conversation.epoch).not.toBe(epoch);
  });
});

describe('what the server must be set to', () => {
  it.each([
    ['no append-only file', { appendonly: 'no' }, 'no_aof'],
    ['fsync once a second', { appendfsync: 'everysec' }, 'fsync'],
    ['no fsync while rewriting', { 'no-appendfsync-on-rewrite': 'yes' }, 'rewrite'],
    ['eviction', { 'maxmemory-policy': 'allkeys-lru' }, 'eviction'],
    ['no memory limit', { maxmemory: '0' }, 'maxmemory'],
  ])('%s is refused with one sentence', async (_, settings, fault) => {
    nodes = await LogNodes.start(settings);
    await expect(nodes.node()).rejects.toMatchObject({ name: 'LogServerError', fault });
  });

  it('the flag that names the loss allows it, and the sentence names the flag', async () => {
    nodes = await LogNodes.start({ appendonly: 'no', appendfsync: 'everysec', 'no-appendfsync-on-rewrite': 'yes' });
    await expect(nodes.node()).rejects.toThrow('PARLEY_ACCEPT_LOSS=yes');
    const log = await nodes.node({ acceptLoss: true });
    expect(log.status()).toEqual({ ready: true });
  });

  it('no flag allows eviction: it takes members and receipts too', async () => {
    nodes = await LogNodes.start({ 'maxmemory-policy': 'allkeys-lru' });
    const sentence = /^The log Redis throws keys away when memory is short: set `maxmemory-policy noeviction`\.$/;
    await expect(nodes.node({ acceptLoss: true })).rejects.toThrow(sentence);
  });
});

it('a broken tail of the append-only file is cut at a whole call, never inside', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const id = await newGroup(log, alice);
  const bytes = written();
  await Promise.all(Array.from({ length: 20 }, (_, at) => appended(log, message(alice, id, `${at}`))));
  await losePower(bytes + Math.floor((written() - bytes) / 2));
  await appendedInTheEnd(log, message(alice, id, 'after'));
  const seqs = await seqsOf(id);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => at + 1));
  const { head, entries } = await nodes.work.readLog(partitionOf(id), 0, 1_000);
  expect(entries.map(({ n }) => n)).toEqual(Array.from({ length: head }, (_, at) => at + 1));
});
