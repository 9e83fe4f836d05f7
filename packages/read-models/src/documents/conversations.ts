import type { ConversationKind, HistoryRule, Visibility } from '@parley/events';
import type { Binary } from 'mongodb';
import { count, documentSchema, seq, uuid, type CollectionSpec } from '../collection-spec.ts';

/** A conversation as its events so far make it. */
export interface ConversationDocument {
  _id: Binary;
  p: number;
  kind: ConversationKind;
  name: string | null;
  visibility: Visibility;
  history: HistoryRule;
  createdBy: Binary;
  createdAt: number;
  /** Last seq and its server time. */
  head: number;
  headAt: number;
  /** Last message's seq and time; 0 before the first. */
  messageSeq: number;
  messageAt: number;
}

export const conversations: CollectionSpec<ConversationDocument> = {
  name: 'conversations',
  schema: documentSchema({
    _id: uuid,
    p: count,
    kind: { enum: ['direct', 'group', 'channel', 'directory'] },
    name: { bsonType: ['string', 'null'] },
    visibility: { enum: ['public', 'private'] },
    history: { enum: ['all', 'joined'] },
    createdBy: uuid,
    createdAt: count,
    head: seq,
    headAt: count,
    messageSeq: count,
    messageAt: count,
  }),
  indexes: [
    {
      key: { name: 1, _id: 1 },
      name: 'public_channels',
      partialFilterExpression: { kind: 'channel', visibility: 'public' },
    },
  ],
};
