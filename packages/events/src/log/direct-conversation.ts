import { createHash } from 'node:crypto';
import type { ConversationId, UserId, WorkspaceId } from '../contract/ids.ts';
import { idText, rawId } from './raw-id.ts';

/**
 * The id of the one direct conversation of a pair, in any order: UUIDv8 (RFC 9562, 5.8) of the first 16 bytes of
 * SHA-256("parley/direct/1" ‖ workspace ‖ lower user ‖ higher user), ids as their 16 raw bytes.
 */
export function directConversationId(workspaceId: WorkspaceId, one: UserId, other: UserId): ConversationId {
  const [lower, higher] = one < other ? [one, other] : [other, one];
  const hash = createHash('sha256').update('parley/direct/1');
  for (const id of [workspaceId, lower, higher]) hash.update(rawId(id));
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return idText<ConversationId>(bytes);
}
