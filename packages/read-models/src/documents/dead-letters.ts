import type { Binary } from 'mongodb';
import { count, date, documentSchema, seq, text, uuid, type CollectionSpec } from '../collection-spec.ts';

/** An event that could not be projected. `parley dead-letters replay` sets `replayAskedAt`; a worker does it. */
export interface DeadLetterDocument {
  /** `pNN:n` */
  _id: string;
  p: number;
  n: number;
  /** Missing where the entry is too broken to say. */
  conversation?: Binary;
  seq?: number;
  type?: string;
  v?: number;
  reason: string;
  since: Date;
  replayAskedAt?: Date;
  /** What came of the last replay, where it failed. */
  replayFailed?: string;
  resolvedAt?: Date;
}

export const deadLetters: CollectionSpec<DeadLetterDocument> = {
  name: 'dead_letters',
  schema: documentSchema(
    { _id: text, p: count, n: seq, reason: text, since: date },
    {
      conversation: uuid,
      seq,
      type: text,
      v: count,
      replayAskedAt: date,
      replayFailed: text,
      resolvedAt: date,
    },
  ),
  indexes: [
    { key: { conversation: 1, seq: 1 }, name: 'of_conversation' },
    { key: { replayAskedAt: 1 }, name: 'asked', sparse: true },
  ],
};
