import type { Binary } from 'mongodb';
import { bytes, count, documentSchema, seq, text, uuid, type CollectionSpec } from '../collection-spec.ts';

/**
 * The archive: one immutable document for each event of the log. Field names are short because every message pays for
 * them. An erased event has neither `s` nor `b`, but `c`.
 */
export interface EventDocument {
  /** Conversation (16 bytes) and seq (6 bytes, big-endian). */
  _id: Binary;
  /** Partition and place in its log. */
  p: number;
  n: number;
  /** Version and type. */
  v: number;
  t: string;
  /** Server time in milliseconds since 1970. */
  a: number;
  /** User, device and command id. */
  u: Binary;
  d: Binary;
  k: Binary;
  /** Conversation, once more: with command and user it is what there is one event of. */
  w: Binary;
  /** Epoch of the entry, 8 bytes. */
  e: Binary;
  /** Chain after this event; missing only behind a hole that corruption tore. */
  h?: Binary;
  /** Salt and the body's RFC 8785 text. */
  s?: Binary;
  b?: string;
  /** Commitment of an erased event. */
  c?: Binary;
  /** True for messages: what counts as unread. */
  m?: true;
}

export const events: CollectionSpec<EventDocument> = {
  name: 'events',
  schema: documentSchema(
    { _id: bytes, p: count, n: seq, v: seq, t: text, a: count, u: uuid, d: uuid, k: uuid, w: uuid, e: bytes },
    { h: bytes, s: bytes, b: text, c: bytes, m: { bsonType: 'bool' } },
  ),
  indexes: [
    { key: { p: 1, n: 1 }, name: 'log', unique: true },
    // Why the conversation comes first: docs/decisions/0009-one-command-one-event.md.
    { key: { w: 1, k: 1, u: 1 }, name: 'command', unique: true },
    { key: { _id: 1, m: 1, u: 1 }, name: 'messages', partialFilterExpression: { m: true } },
  ],
  options: { storageEngine: { wiredTiger: { configString: 'block_compressor=zstd' } } },
};
