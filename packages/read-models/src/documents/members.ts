import type { MemberRole } from '@parley/events';
import type { Binary } from 'mongodb';
import { bytes, documentSchema, seq, uuid, type CollectionSpec } from '../collection-spec.ts';

/** One user in one conversation, also after leaving it. */
export interface MemberDocument {
  /** Conversation and user, 32 bytes. */
  _id: Binary;
  c: Binary;
  u: Binary;
  /** Null for who is no member any more. */
  role: MemberRole | null;
  /** Seq of the event that made them a member, the last time. */
  since: number;
  visible: { from: number; to?: number }[];
  /** Seq of the last change: what a replay does not apply again. */
  changed: number;
}

export const members: CollectionSpec<MemberDocument> = {
  name: 'members',
  schema: documentSchema({
    _id: bytes,
    c: uuid,
    u: uuid,
    role: { enum: ['member', 'moderator', 'owner', null] },
    since: seq,
    visible: { bsonType: 'array', items: documentSchema({ from: seq }, { to: seq }) },
    changed: seq,
  }),
  indexes: [
    { key: { u: 1, role: 1 }, name: 'of_user' },
    { key: { c: 1, role: 1 }, name: 'of_conversation' },
  ],
};
