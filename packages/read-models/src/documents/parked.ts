import type { Binary } from 'mongodb';
import { count, date, documentSchema, seq, text, uuid, type CollectionSpec } from '../collection-spec.ts';

/** A conversation whose read models stand still before `seq`. Its events are archived all the same. */
export interface ParkedDocument {
  /** Conversation. */
  _id: Binary;
  p: number;
  seq: number;
  reason: string;
  since: Date;
}

export const parked: CollectionSpec<ParkedDocument> = {
  name: 'parked',
  schema: documentSchema({ _id: uuid, p: count, seq, reason: text, since: date }),
  indexes: [{ key: { p: 1 }, name: 'of_partition' }],
};
