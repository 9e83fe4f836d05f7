import type { Binary } from 'mongodb';
import { bytes, count, documentSchema, text, uuid, type CollectionSpec } from '../collection-spec.ts';

/**
 * One later change of one message. Changes are never merged: whoever sees only some seqs of a conversation sees only
 * those changes. What an edit or a sealed reaction says stays in the archive, under the change's own seq.
 */
export interface OverlayDocument {
  /** Conversation (16 bytes), seq of the message (6), seq of the change (6). */
  _id: Binary;
  /** Edited, deleted, reaction added, reaction taken back. */
  c: 'e' | 'd' | '+' | '-';
  u: Binary;
  /** Server time in milliseconds since 1970. */
  a: number;
  /** Emoji of an open reaction, or tag of a sealed one. */
  r?: string;
  g?: string;
  /** Of a deletion: the archive's key of the message. */
  x?: Binary;
}

export const overlays: CollectionSpec<OverlayDocument> = {
  name: 'overlays',
  schema: documentSchema(
    { _id: bytes, c: { enum: ['e', 'd', '+', '-'] }, u: uuid, a: count },
    { r: text, g: text, x: bytes },
  ),
  indexes: [{ key: { x: 1 }, name: 'deletions', sparse: true }],
};
