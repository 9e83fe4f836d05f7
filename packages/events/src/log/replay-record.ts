import { directoryRole } from '../contract/account.ts';
import {
  eventVersions,
  membershipEvents,
  type EventType,
  type ParleyEvent,
  type WireEvent,
} from '../contract/event.ts';
import type { Seq } from '../contract/ids.ts';
import { isEventType, upcast } from '../contract/upcast.ts';
import type { AppendRequest, AppendRule, LineageEntry, LogEntry, UnreadableEntry } from './event-log.ts';
import { packRecord } from './append-record.ts';

/**
 * Packs archived events for replay.lua: n (6 bytes), epoch (8), seq (6), then the record of the append. The epoch of an
 * event is the last one of the lineage that began before its n. What was archived raw has an n, seq 0 and no record.
 * Throws where the archive is not dense after `after`.
 */
export function packReplay(
  entries: readonly (LogEntry | UnreadableEntry)[],
  after: number,
  lineage: readonly LineageEntry[],
): Buffer {
  if (entries.length === 0) throw hole(after + 1);
  const parts = entries.flatMap((entry, at) => {
    if (entry.n !== after + 1 + at) throw hole(after + 1 + at);
    const epoch = lineage.findLast((one) => one.began < entry.n);
    if (!epoch)
      throw new Error(`The archive knows no epoch for event n ${entry.n}: restore MongoDB from a whole backup.`);
    const head = Buffer.alloc(20);
    head.writeUIntBE(entry.n, 0, 6);
    head.write(epoch.epoch, 6, 8, 'hex');
    if ('unreadable' in entry) return [head];
    head.writeUIntBE(entry.seq, 14, 6);
    return [head, packRecord(requestOf(entry), saltOf(entry))];
  });
  return Buffer.concat(parts);
}

/** Field by field: what makes its texts only when it is asked for them has no fields to spread. */
function requestOf(entry: LogEntry): AppendRequest {
  const { v, conversationId, commandId, actor, at, body } = entry;
  return { v, conversationId, commandId, actor, at, body, type: entry.type as EventType, rule: ruleOf(entry) };
}

/** An erased event has no salt any more. */
function saltOf({ salt }: LogEntry): Uint8Array {
  return salt.length === 16 ? salt : new Uint8Array(16);
}

function hole(n: number): Error {
  return new Error(`The archive lacks event n ${n} of a partition: restore MongoDB from a whole backup.`);
}

const post: AppendRule = { rule: 'post', role: 'member' };
/** @returns what an event changed beside the log, so that it can be changed again. */
function ruleOf(entry: LogEntry): AppendRule {
  // All others are brought back as they are, without a look at what they say.
  const event = membershipEvents.has(entry.type) ? newest(entry) : undefined;
  switch (event?.type) {
    case 'conversation.created':
      return { rule: 'create', ...event.body };
    case 'member.added':
      return { rule: 'add', ...event.body };
    case 'member.removed':
      return { rule: 'remove', ...event.body };
    case 'member.role-changed':
      return { rule: 'change-role', ...event.body };
    case 'member.joined':
      return { rule: 'join' };
    case 'member.left':
      return { rule: 'leave' };
    case 'user.registered':
      return { rule: 'register', role: directoryRole(event.body.role) };
    case 'message.sent':
    case 'message.edited':
    case 'message.deleted':
    case 'reaction.added':
    case 'reaction.removed':
    case undefined:
      return post;
  }
}

/**
 * @returns the event in its newest version; undefined for a body that says nothing, by which nobody came in either.
 * @throws where this program is older than the event: whose right it was would be wrong.
 */
function newest(entry: LogEntry): ParleyEvent | undefined {
  const { n, v, type, conversationId, at, actor, commandId } = entry;
  if (isEventType(type) && v > eventVersions[type])
    throw new Error(`Event n ${n} can't be brought back into the log: it is newer. Update Parley first.`);
  const header = { v, type, conversationId, seq: entry.seq as Seq, at, actor, commandId };
  const event = upcast({ ...header, salt: '', body: bodyOf(entry) });
  return 'unknown' in event ? undefined : event;
}

function bodyOf({ body }: LogEntry): WireEvent['body'] {
  try {
    return JSON.parse(body) as NonNullable<WireEvent['body']>;
  } catch {
    return undefined;
  }
}
