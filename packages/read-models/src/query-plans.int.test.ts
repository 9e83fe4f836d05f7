import { newId, type CommandId, type ConversationId, type UserId } from '@parley/events';
import { ephemeralMongo, type LocalServer } from '@parley/servers';
import { Binary, type CommandStartedEvent, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveOf } from './archive.ts';
import { idBinary, memberKey, eventKey } from './binary-ids.ts';
import { openDatabase, type Database } from './database.ts';
import { conversations } from './documents/conversations.ts';
import { events, type EventDocument } from './documents/events.ts';
import { members } from './documents/members.ts';
import { readLineage } from './epoch-lineage.ts';
import { migrate } from './migrate.ts';
import { archivedHistory } from './queries/archived-history.ts';
import { publicChannels } from './queries/channels.ts';
import { conversationRows, membershipsOf } from './queries/conversation-rows.ts';
import { firstSince } from './queries/first-since.ts';
import { lastMessage } from './queries/last-message.ts';
import { countUnread } from './queries/unread-count.ts';

const conversationId = newId<ConversationId>();
const [alice, bob] = [newId<UserId>(), newId<UserId>()];
const visible = [{ from: 1 }];
let server: LocalServer;
let database: Database;

beforeAll(async () => {
  server = await ephemeralMongo();
  const url = new URL(server.url);
  url.searchParams.set('monitorCommands', 'true');
  database = openDatabase(url.href);
  await migrate(database);
  await fill();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server.stop();
});

/** A few documents, so that no plan is chosen because a collection is empty. */
async function fill(): Promise<void> {
  await database.collection(events).insertMany(Array.from({ length: 50 }, (_, at) => message(at + 1)));
  const row = { p: 0, kind: 'channel', name: 'garden', visibility: 'public', history: 'all' } as const;
  const heads = { head: 50, headAt: 1, messageSeq: 50, messageAt: 1, createdBy: idBinary(alice), createdAt: 1 };
  await database.collection(conversations).insertOne({ _id: idBinary(conversationId), ...row, ...heads });
  await database.collection(members).insertMany(
    [alice, bob].map((user) => ({
      _id: memberKey(conversationId, user),
      c: idBinary(conversationId),
      u: idBinary(user),
      role: 'member' as const,
      since: 1,
      visible,
      changed: 1,
    })),
  );
}

function message(seq: number): EventDocument {
  const commandId = newId<CommandId>();
  const ids = { u: idBinary(alice), d: idBinary(alice), k: idBinary(commandId) };
  const bytes = { e: new Binary(Buffer.alloc(8)), s: new Binary(Buffer.alloc(16)), h: new Binary(Buffer.alloc(32)) };
  const body = '{"content":{"suite":"none","text":"hello"}}';
  return {
    _id: eventKey(conversationId, seq),
    p: 0,
    n: seq,
    v: 1,
    t: 'message.sent',
    a: 1,
    ...ids,
    w: idBinary(conversationId),
    ...bytes,
    b: body,
    m: true,
  };
}

/** @returns every find and aggregate that `query` sends. */
async function sentBy(query: () => Promise<unknown>): Promise<Document[]> {
  const sent: Document[] = [];
  const note = (event: CommandStartedEvent): void => {
    if (event.commandName === 'find' || event.commandName === 'aggregate') sent.push(event.command);
  };
  database.client.on('commandStarted', note);
  await query();
  database.client.off('commandStarted', note);
  return sent;
}

/** @returns the command without what only its first sending needed. */
function explained(command: Document): Document {
  const kept = ['find', 'aggregate', 'filter', 'sort', 'limit', 'hint', 'projection', 'pipeline', 'cursor'];
  return Object.fromEntries(Object.entries(command).filter(([name]) => kept.includes(name)));
}

const queries: [string, () => Promise<unknown>][] = [
  ['history', () => archivedHistory(database, { conversationId, from: 10, to: 40, visible })],
  ['the conversation list', async () => conversationRows(database, bob, await membershipsOf(database, bob), new Map())],
  ['the first message since a moment', () => firstSince(database, { conversationId, visible, to: 50, since: 1 })],
  ['unread', () => countUnread(database, { conversationId, userId: bob, visible, after: 3, to: 50 })],
  ['the last message', () => lastMessage(database, { conversationId, visible, to: 50 })],
  ['public channels', () => publicChannels(database, bob, { limit: 20 })],
  ['a search of public channels', () => publicChannels(database, bob, { limit: 20, name: /ARD/i })],
  [
    'the next page of a search of public channels',
    () => publicChannels(database, bob, { limit: 20, name: /ARD/i, after: { name: 'fence', conversationId } }),
  ],
  ['a receipt', () => archiveOf(database).findReceipt(conversationId, alice, newId<CommandId>())],
  ['entries after n', () => archiveOf(database).entriesAfter(0 as never, 5, 20)],
  ['the lineage', () => readLineage(database, 0)],
];

describe('E17: hot queries', () => {
  test.each(queries)('%s: no collection scan', async (_, query) => {
    const sent = await sentBy(query);
    expect(sent.length).toBeGreaterThan(0);
    for (const command of sent) {
      if (command.find === 'read_models') continue;
      const plan = await database.db.command({ explain: explained(command), verbosity: 'queryPlanner' });
      expect(JSON.stringify(plan), JSON.stringify(explained(command))).not.toContain('COLLSCAN');
    }
  });

  test('control: a query without an index is seen', async () => {
    const [command = {}] = await sentBy(() => database.collection(events).findOne({ a: 1 }));
    const plan = await database.db.command({ explain: explained(command), verbosity: 'queryPlanner' });
    expect(JSON.stringify(plan)).toContain('COLLSCAN');
  });

  test('unread is counted on the index alone', async () => {
    const sent = await sentBy(() => countUnread(database, { conversationId, userId: bob, visible, after: 3, to: 50 }));
    const onEvents = sent.find((command) => command.find === 'events') ?? {};
    const plan = await database.db.command({ explain: explained(onEvents), verbosity: 'queryPlanner' });
    expect(JSON.stringify(plan)).not.toContain('FETCH');
    expect(await countUnread(database, { conversationId, userId: bob, visible, after: 3, to: 50 })).toBe(47);
    expect(await countUnread(database, { conversationId, userId: alice, visible, after: 3, to: 50 })).toBe(0);
  });
});
