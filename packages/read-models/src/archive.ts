import type { CommandId, ConversationId, DeviceId, Epoch, Partition, Seq, UserId } from '@parley/events';
import type { Archive, LogEntry, UnreadableEntry } from '@parley/events/log';
import { idBinary, idText, keySeq } from './binary-ids.ts';
import type { Database } from './database.ts';
import { events, type EventDocument } from './documents/events.ts';
import { rawEntries, type RawEntryDocument } from './documents/raw-entries.ts';

/** @returns the archive as the log asks for it, read on the primary. */
export function archiveOf(database: Database): Archive {
  const archived = database.collection(events);
  const raw = database.collection(rawEntries);
  return {
    findReceipt: async (conversationId, userId, commandId) => {
      const command = { w: idBinary(conversationId), k: idBinary(commandId), u: idBinary(userId) };
      const found = await archived.findOne(command);
      return found && { receipt: receiptOf(found), type: found.t, body: found.b ?? '' };
    },
    entriesAfter: async (partition: Partition, after: number, count: number) => {
      const next = { p: partition, n: { $gt: after } };
      const [found, broken] = await Promise.all([
        archived.find(next).sort({ p: 1, n: 1 }).limit(count).toArray(),
        raw.find(next).sort({ p: 1, n: 1 }).limit(count).toArray(),
      ]);
      const entries = [...found.map(entryOf), ...broken.map(unreadableOf)];
      return entries.sort((a, b) => a.n - b.n).slice(0, count);
    },
  };
}

/** @returns the receipt that the event's sender got. */
function receiptOf(event: EventDocument) {
  return {
    conversationId: idText<ConversationId>(event._id),
    epoch: Buffer.from(event.e.buffer).toString('hex') as Epoch,
    seq: keySeq(event._id) as Seq,
    at: event.a,
  };
}

function unreadableOf({ n, reason, fields }: RawEntryDocument): UnreadableEntry {
  const pairs: [string, Buffer][] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = [fields[at], fields[at + 1]];
    if (name && value) pairs.push([Buffer.from(name.buffer).toString('latin1'), Buffer.from(value.buffer)]);
  }
  return { n, unreadable: reason, fields: Object.fromEntries(pairs) };
}

/** @returns an archived event as the log's entry; an erased one has an empty salt and body. */
export function entryOf(event: EventDocument): LogEntry {
  return {
    n: event.n,
    v: event.v,
    type: event.t,
    conversationId: idText<ConversationId>(event._id),
    seq: keySeq(event._id),
    at: event.a,
    actor: { userId: idText<UserId>(event.u), deviceId: idText<DeviceId>(event.d) },
    commandId: idText<CommandId>(event.k),
    salt: event.s?.buffer ?? new Uint8Array(),
    body: event.b ?? '',
  };
}
