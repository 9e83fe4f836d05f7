import { UserId, type ConversationId, type Epoch } from '../contract/ids.ts';
import { z } from '../contract/z.ts';
import type { LogEntry, UnreadableEntry } from './event-log.ts';

/** An entry of the fan-out in the adapter's form; its type's number: 3 broadcast, 4 sockets join, 5 sockets leave. */
export type RelayedEntry =
  | { readonly type: '3'; readonly data: string }
  | {
      readonly type: '4' | '5';
      readonly data: string;
      readonly conversationId: ConversationId;
      readonly userIds: readonly UserId[];
    };

/** As in append.lua: a broadcast has one event, or at most this many bytes of them. */
const RUN_BYTES = 65_536;

interface Change {
  readonly type: '4' | '5';
  readonly userIds: readonly UserId[];
}

/** What one conversation adds to the fan-out, in its order. */
interface Lane {
  readonly written: RelayedEntry[];
  run: string[];
  bytes: number;
}

/**
 * @param entries what one partition's log holds next, in order, all of one epoch. Those that can't be read are left out:
 * clients find that a `seq` is missing, and ask.
 * @returns what append.lua writes for them where log and fan-out are one server: conversation by conversation, a join
 * before the event that adds, a leave after the event that removes, the events between as runs.
 */
export function relayedEntries(epoch: Epoch, entries: readonly (LogEntry | UnreadableEntry)[]): RelayedEntry[] {
  const lanes = new Map<ConversationId, Lane>();
  for (const entry of entries) {
    if ('unreadable' in entry) continue;
    const lane = lanes.get(entry.conversationId) ?? { written: [], run: [], bytes: 0 };
    lanes.set(entry.conversationId, lane);
    addEntry(lane, epoch, entry);
  }
  for (const [conversationId, lane] of lanes) endRun(lane, epoch, conversationId);
  return Array.from(lanes.values(), ({ written }) => written).flat();
}

function addEntry(lane: Lane, epoch: Epoch, entry: LogEntry): void {
  const { conversationId } = entry;
  const body = bodyOf(entry);
  if (body === undefined) return;
  const change = changeOf(entry, body);
  const json = eventJson(entry);
  const bytes = Buffer.byteLength(json);
  if (change?.type === '4' || lane.bytes + bytes > RUN_BYTES) endRun(lane, epoch, conversationId);
  if (change?.type === '4') lane.written.push(membership(change, conversationId));
  lane.run.push(json);
  lane.bytes += bytes;
  if (change?.type !== '5') return;
  endRun(lane, epoch, conversationId);
  lane.written.push(membership(change, conversationId));
}

function endRun(lane: Lane, epoch: Epoch, id: ConversationId): void {
  if (lane.run.length === 0) return;
  const events = lane.run.join(',');
  const data =
    `{"packet":{"type":2,"data":["events",{"conversationId":"${id}","epoch":"${epoch}","events":[${events}]}]},` +
    `"opts":{"rooms":["c:${id}"],"except":[],"flags":{}}}`;
  lane.written.push({ type: '3', data });
  lane.run = [];
  lane.bytes = 0;
}

function membership({ type, userIds }: Change, conversationId: ConversationId): RelayedEntry {
  const rooms = userIds.map((userId) => `"u:${userId}"`).join(',');
  const data = `{"opts":{"rooms":[${rooms}],"except":[],"flags":{}},"rooms":["c:${conversationId}"]}`;
  return { type, data, conversationId, userIds };
}

/** The event as it goes over the wire, with the body as it is stored. One that was erased has neither salt nor body. */
function eventJson({ v, type, conversationId, seq, at, actor, commandId, salt, body }: LogEntry): string {
  const content = body === '' ? '' : `,"salt":"${Buffer.from(salt).toString('base64url')}","body":${body}`;
  return (
    `{"v":${v},"type":${JSON.stringify(type)},"conversationId":"${conversationId}","seq":${seq},"at":${at},` +
    `"actor":{"userId":"${actor.userId}","deviceId":"${actor.deviceId}"},"commandId":"${commandId}"${content}}`
  );
}

/** Null for one that was erased; undefined for one that is no JSON, which no client could read either. */
function bodyOf({ body }: LogEntry): unknown {
  if (body === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const Subject = z.object({ userId: UserId });
const Creation = z.object({ members: z.array(Subject) });

/** Whom an event lets hear its conversation, or no longer. */
function changeOf({ type, actor }: LogEntry, body: unknown): Change | undefined {
  switch (type) {
    case 'conversation.created':
      return { type: '4', userIds: Creation.safeParse(body).data?.members.map(({ userId }) => userId) ?? [] };
    case 'member.added':
      return { type: '4', userIds: subjectOf(body) };
    case 'member.joined':
    case 'user.registered':
      return { type: '4', userIds: [actor.userId] };
    case 'member.removed':
      return { type: '5', userIds: subjectOf(body) };
    case 'member.left':
      return { type: '5', userIds: [actor.userId] };
    default:
      return undefined;
  }
}

function subjectOf(body: unknown): UserId[] {
  const { data } = Subject.safeParse(body);
  return data ? [data.userId] : [];
}
