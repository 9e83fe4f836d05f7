import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { API, ConversationId, newId, partitionOf, PARTITIONS, uuidBytes } from '@parley/events';
import { checkpoints, deadLetters, openDatabase } from '@parley/read-models';
import { freePort, until } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ROOT } from '../config.ts';
import { RunningParley } from '../testing/running-parley.ts';

const SLOW = 600_000;
const run = promisify(execFile);

let dataDir: string;
let port: number;
let parley: RunningParley;
let token = '';

/** Runs one command of the operator. @returns what it prints; rejects with its output when it fails. */
async function operator(...args: string[]): Promise<string> {
  const env = { ...process.env, PARLEY_DATA: dataDir };
  return (await run(process.execPath, [`${ROOT}apps/parley/src/main.ts`, ...args], { env })).stdout;
}

/** Waits until status names exactly these partitions that stand still, of which a worker finds out by and by. */
async function statusSays(stopped: readonly object[]): Promise<void> {
  const told = async () => (JSON.parse(await operator('status', '--json')) as { stopped: unknown }).stopped;
  await expect.poll(told, { timeout: SLOW }).toEqual(stopped);
}

async function post(path: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
  const reply = await fetch(`http://127.0.0.1:${port}${API}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return reply.json();
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-operator-'));
  port = await freePort();
  parley = new RunningParley(dataDir, port);
  await parley.ready();
  const person = { name: 'Alice', username: 'alice', password: 'a rose is a rose', headless: true };
  const code = await until(() => parley.setupCode(), SLOW);
  const session = await post('/setup', { code, workspace: 'Roses', ...person });
  token = (session as { accessToken: string }).accessToken;
}, SLOW);
afterAll(async () => {
  await parley.end('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
});

describe('what an operator can ask', () => {
  let conversationId: ConversationId;

  it(
    'log read shows each entry of a conversation in clear fields',
    async () => {
      conversationId = ConversationId.parse(newId());
      const create = { type: 'conversation.create', kind: 'channel', name: 'Roses', visibility: 'public', members: [] };
      await post('/commands', { commands: [{ commandId: conversationId, ...create }] });
      const content = { suite: 'none', text: 'A rose is a rose' };
      await post('/commands', { commands: [{ commandId: newId(), type: 'message.send', conversationId, content }] });
      const lines = (await operator('log', 'read', '--conversation', conversationId, '--json')).trim().split('\n');
      const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(entries).toMatchObject([
        { type: 'conversation.created', seq: 1, conversationId },
        { type: 'message.sent', seq: 2, conversationId, body: { content } },
      ]);
      expect(await operator('log', 'read', '--conversation', conversationId)).toContain('message.sent v1');
    },
    SLOW,
  );

  it(
    'log read wants to know which partition',
    async () => {
      await expect(operator('log', 'read')).rejects.toThrow('Say which: --partition <n> or --conversation <id>.');
      await expect(operator('log', 'read', '--partition', String(PARTITIONS))).rejects.toThrow('from 0 to 63');
    },
    SLOW,
  );

  it(
    'dead-letters lists what could not be projected',
    async () => {
      const mongodb = (await parley.status()).servers.find((server) => server.role === 'mongodb');
      await using database = openDatabase(mongodb?.url ?? '');
      expect(JSON.parse(await operator('dead-letters', 'list', '--json'))).toEqual([]);
      const letter = { _id: 'p05:9', p: 5, n: 9, reason: 'No projection knows this type.', since: new Date() };
      await database.collection(deadLetters).insertOne(letter);
      expect(await operator('dead-letters', 'list')).toMatch(/^p05:9 .*\n {4}No projection knows this type\.\n$/);
      await expect(operator('dead-letters', 'replay', 'p05:8')).rejects.toThrow('There is no dead letter p05:8');
      await database.collection(deadLetters).deleteOne({ _id: letter._id });
    },
    SLOW,
  );

  it(
    'status says which partition stands still, why, and what to do',
    async () => {
      const mongodb = (await parley.status()).servers.find((server) => server.role === 'mongodb');
      await using database = openDatabase(mongodb?.url ?? '');
      expect(JSON.parse(await operator('status', '--json'))).toMatchObject({ running: true, stopped: [] });
      // A worker runs, and takes back what is not so: it has to stop by itself.
      const [places, _id] = [database.collection(checkpoints), partitionOf(conversationId)];
      const epoch = (await places.findOne({ _id }))?.epoch ?? '';
      await places.updateOne({ _id }, { $set: { epoch: 'feedfeedfeedfeed', stopped: 'to be looked at' } });
      const reason = `The log is in epoch ${epoch}, the checkpoint in feedfeedfeedfeed: an opening is under way.`;
      await statusSays([{ partition: _id, reason }]);
      const text = await operator('status');
      expect(text).toContain(`partition ${_id} stands still: ${reason}\n`);
      expect(text).toContain('A worker tries again every second');
      await places.updateOne({ _id }, { $set: { epoch } });
      await statusSays([]);
    },
    SLOW,
  );

  it(
    'dead-letters replay: a worker projects what a broken entry had parked, and says so with exit status 0',
    async () => {
      const broken = ConversationId.parse(newId());
      const create = {
        type: 'conversation.create',
        kind: 'channel',
        name: 'Tulips',
        visibility: 'public',
        members: [],
      };
      await post('/commands', { commands: [{ commandId: broken, ...create }] });
      const { servers } = await parley.status();
      const redis = new Redis(servers.find((server) => server.role === 'redis')?.url ?? '');
      const tag = `{p${String(partitionOf(broken)).padStart(2, '0')}}:`;
      const [last] = await redis.xrevrangeBuffer(`${tag}log`, '+', '-', 'COUNT', 1);
      const n = await redis.hincrby(`${tag}epoch`, 'n', 1);
      const fields = (last?.[1] ?? []).map((part, at, parts) => {
        const name = at % 2 === 1 ? String(parts[at - 1]) : '';
        return name === 'q' ? '2' : name === 'u' ? 'nobody' : part;
      });
      await redis.hset(Buffer.concat([Buffer.from(`${tag}c:`), uuidBytes(broken)]), 'h', 2);
      await redis.xadd(`${tag}log`, `${n}-0`, ...fields);
      redis.disconnect();
      const id = `p${tag.slice(2, 4)}:${n}`;
      const listed = await until(async () => {
        const letters = JSON.parse(await operator('dead-letters', 'list', '--json')) as { _id: string }[];
        return letters.some((letter) => letter._id === id) ? letters : undefined;
      }, SLOW);
      expect(listed).toMatchObject([{ _id: id, conversation: broken, seq: 2 }]);
      expect(await operator('dead-letters', 'replay', id)).toContain('resolved');
      expect(await operator('dead-letters', 'list')).toBe('No dead letters.\n');
    },
    SLOW,
  );

  it(
    'rebuild --verify says that every read model equals the log, with its exit status',
    async () => {
      const report = JSON.parse(await operator('rebuild', '--verify', '--json')) as { equal: boolean };
      expect(report.equal).toBe(true);
    },
    SLOW,
  );

  it(
    'restore-log fills a log that was lost from the archive, with Parley stopped, and it goes on from there',
    async () => {
      await until(async () => {
        const lines = await operator('rebuild', '--verify', '--json');
        return (JSON.parse(lines) as { equal: boolean }).equal ? true : undefined;
      }, SLOW);
      await parley.end('SIGTERM');
      await rm(join(dataDir, 'redis', 'appendonlydir'), { recursive: true });
      const { conversations } = JSON.parse(await operator('restore-log', '--json')) as {
        conversations: { conversationId: string; seq: number }[];
      };
      expect(conversations).toContainEqual({ conversationId, seq: 2 });
      parley = new RunningParley(dataDir, port);
      await parley.ready();
      const content = { suite: 'none', text: 'is a rose' };
      const reply = await post('/commands', {
        commands: [{ commandId: newId(), type: 'message.send', conversationId, content }],
      });
      expect(reply).toMatchObject({ results: [{ receipt: { conversationId, seq: 3 } }] });
    },
    SLOW,
  );
});
