import type { Binary } from 'mongodb';
import { bytes, count, documentSchema, seq, uuid, type CollectionSpec } from '../collection-spec.ts';

/** How far a conversation is archived, and its chain there: where the next event's chain goes on. */
export interface ArchiveHeadDocument {
  /** Conversation. */
  _id: Binary;
  p: number;
  seq: number;
  /** Missing only behind a hole that corruption tore. */
  h?: Binary;
}

export const archiveHeads: CollectionSpec<ArchiveHeadDocument> = {
  name: 'archive_heads',
  schema: documentSchema({ _id: uuid, p: count, seq }, { h: bytes }),
  indexes: [],
};
