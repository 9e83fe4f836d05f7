import type { Binary } from 'mongodb';
import { bytes, count, documentSchema, epochText, type CollectionSpec } from '../collection-spec.ts';

/** How far one member has read, and how far its devices hold, in one epoch. State, not a fold of events. */
export interface MarkDocument {
  /** Conversation and user, 32 bytes. */
  _id: Binary;
  epoch: string;
  read: number;
  delivered: number;
}

export const marks: CollectionSpec<MarkDocument> = {
  name: 'marks',
  schema: documentSchema({ _id: bytes, epoch: epochText, read: count, delivered: count }),
  indexes: [],
};
