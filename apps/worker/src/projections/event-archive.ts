import type { StoredEntry } from '@parley/events/log';
import type { EventDocument } from '@parley/read-models';
import type { BsonWriter } from '../projector/bson-writer.ts';
import { SUBTYPE_GENERIC, SUBTYPE_UUID } from '../projector/bson-writer.ts';

/** What the archive adds to an entry. `chain` is missing only behind a hole that corruption tore. */
export interface ArchiveStamp {
  readonly partition: number;
  /** 8 bytes. */
  readonly epoch: Uint8Array;
  readonly chain: Uint8Array | undefined;
}

const name = (field: keyof EventDocument): keyof EventDocument => field;
const key = Buffer.alloc(22);

/**
 * The event archive: every event of the log as one immutable document, in the same transaction as what is made of it.
 * Its fields are those of `EventDocument`, written as bytes from bytes: that is what most of a worker's work is.
 */
export function writeEvent(into: BsonWriter, entry: StoredEntry, stamp: ArchiveStamp): void {
  key.set(entry.conversation, 0);
  key.writeUIntBE(entry.seq, 16, 6);
  const begin = into.begin();
  into.binary(name('_id'), key, SUBTYPE_GENERIC);
  into.number(name('p'), stamp.partition);
  into.number(name('n'), entry.n);
  into.number(name('v'), entry.v);
  into.text(name('t'), Buffer.from(entry.type));
  into.number(name('a'), entry.at);
  into.binary(name('u'), entry.user, SUBTYPE_UUID);
  into.binary(name('d'), entry.device, SUBTYPE_UUID);
  into.binary(name('k'), entry.command, SUBTYPE_UUID);
  into.binary(name('w'), entry.conversation, SUBTYPE_UUID);
  into.binary(name('e'), stamp.epoch, SUBTYPE_GENERIC);
  into.binary(name('s'), entry.salt, SUBTYPE_GENERIC);
  into.text(name('b'), entry.content);
  if (stamp.chain) into.binary(name('h'), stamp.chain, SUBTYPE_GENERIC);
  if (entry.type === 'message.sent') into.yes(name('m'));
  into.end(begin);
}
