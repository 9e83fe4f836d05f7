import type { Binary } from 'mongodb';
import { bytes, count, date, documentSchema, seq, text, type CollectionSpec } from '../collection-spec.ts';

/** An entry of the log that cannot be read as an event, kept byte for byte. */
export interface RawEntryDocument {
  /** `pNN:n` */
  _id: string;
  p: number;
  n: number;
  /** Stream fields and values in turn. */
  fields: Binary[];
  reason: string;
  since: Date;
}

export const rawEntries: CollectionSpec<RawEntryDocument> = {
  name: 'raw_entries',
  schema: documentSchema({
    _id: text,
    p: count,
    n: seq,
    fields: { bsonType: 'array', items: bytes },
    reason: text,
    since: date,
  }),
  indexes: [{ key: { p: 1, n: 1 }, name: 'log', unique: true }],
};
