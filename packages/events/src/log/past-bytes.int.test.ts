import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { canonicalJson } from '../contract/canonical.ts';
import { WireEvent } from '../contract/event.ts';
import type { ConversationId, DeviceId, Epoch, UserId } from '../contract/ids.ts';
import type { AppendRequest } from './event-log.ts';
import { add, appended, LogNodes, message, verdict, type Person } from './testing/log-nodes.ts';

let nodes: LogNodes;
afterEach(() => nodes.stop());

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const sent = WireEvent.parse(read('../contract/past-versions/message.sent.v1.json'));
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const person = (end: string): Person => {
  const userId = `01900000-0000-7000-8000-0000000000${end}` as UserId;
  return { userId, deviceId: userId as string as DeviceId };
};
const [alice, bob, carol] = [person('a1'), person('b2'), person('c9')];
const id = '01900000-0000-7000-8000-0000000000c3' as ConversationId;
/** Of the partition in which that conversation lies. */
const tag = '{p03}:';

/** The command whose receipt is kept in bytes. */
const command = (body: unknown): AppendRequest => ({
  ...{ type: 'message.sent', v: 1, conversationId: id, commandId: sent.commandId, actor: sent.actor, at: Date.now() },
  ...{ body: canonicalJson(body), rule: { rule: 'post', role: 'member' } },
});

it.each(['late', 'r:5726623'])(
  'G15 G2: the bytes of a receipt in `%s` are read for ever as the place that it gave',
  async (key) => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const { bucket, field, value } = read('./past-bytes/receipt.json') as Record<'bucket' | 'field' | 'value', string>;
    await nodes.redis.hset(tag + key, hex(field), hex(value));
    // The command is years old: where its receipt lies in its own hash, that was never dropped.
    if (key === bucket) await nodes.redis.hset(`${tag}epoch`, 'watermark', '0');
    const receipt = { conversationId: id, epoch: '00000000000000ee', seq: sent.seq, at: sent.at };
    expect(await log.append(command(sent.body))).toEqual({ outcome: 'repeated', receipt });
    expect(verdict(await log.append(command({ content: { suite: 'none', text: 'else' } })))).toBe('conflict');
  },
);

interface StoredConversation {
  readonly settings: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, string>>;
  readonly tail: readonly string[];
  readonly lineage: readonly string[];
}

/** Puts the conversation into the log as it once stood there. */
async function store({ settings, members, tail, lineage }: StoredConversation): Promise<void> {
  const { redis } = nodes;
  const key = (kind: string): Buffer => Buffer.concat([Buffer.from(tag + kind), hex(id.replaceAll('-', ''))]);
  for (const [name, value] of Object.entries(settings)) await redis.hset(key('c:'), name, hex(value));
  for (const [user, row] of Object.entries(members)) await redis.hset(key('m:'), hex(user), hex(row));
  await redis.rpush(key('t:'), ...tail.map(hex));
  await redis.lpush(`${tag}lineage`, ...lineage.map(hex).reverse());
  await redis.hset(`${tag}epoch`, 'n', '11');
}

it('G15: the bytes of a conversation and its members are read for ever as what they said', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  await store(read('./past-bytes/conversation.json') as StoredConversation);
  const of = async ({ userId }: Person) => (await log.access(userId, [id]))[0];
  const conversation = { kind: 'group', visibility: 'private', history: 'joined', head: 11, unarchived: 10 };
  expect(await of(alice)).toMatchObject({ conversation, role: 'owner', visible: [{ from: 1 }] });
  expect(await of(bob)).toMatchObject({ role: 'moderator', visible: [{ from: 1, to: 3 }, { from: 4 }] });
  expect(await of(carol)).toMatchObject({ role: null, visible: [{ from: 2, to: 5 }] });
  expect(await log.members(id)).toEqual([
    { userId: alice.userId, role: 'owner', since: 1 },
    { userId: bob.userId, role: 'moderator', since: 4 },
  ]);
  expect(await log.shared(id, '00000000000000ee' as Epoch)).toBe(6);
  expect(await log.shared(id, '00000000000000ff' as Epoch)).toBe(11);

  expect(verdict(await log.append(message(carol, id, 'from outside')))).toBe('not_found');
  expect((await appended(log, message(bob, id, 'next'))).seq).toBe(12);
  expect((await appended(log, add(alice, id, carol))).seq).toBe(13);
  expect(await of(carol)).toMatchObject({ role: 'member', visible: [{ from: 2, to: 5 }, { from: 13 }] });
});
