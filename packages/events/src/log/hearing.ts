import type { Redis } from 'ioredis';
import type { ConversationId, UserId } from '../contract/ids.ts';
import { idText } from './raw-id.ts';

/**
 * @returns the conversations that the user is a member of now: what the next entry into the fan-out would give, without
 * a place in it.
 * @throws whatever Redis answers.
 */
export async function heardConversations(redis: Redis, userId: UserId): Promise<ConversationId[]> {
  const members = await redis.smembersBuffer(`fanout:user:${userId}`);
  return members.map((id) => idText<ConversationId>(id));
}

/**
 * @returns how often each user's conversations changed, in the order of the users: as long as it stays the same, so does
 * what they hear.
 * @throws whatever Redis answers.
 */
export async function hearingVersions(redis: Redis, userIds: readonly UserId[]): Promise<string[]> {
  if (userIds.length === 0) return [];
  const versions = await redis.mget(userIds.map((userId) => `fanout:version:${userId}`));
  return versions.map((version) => version ?? '0');
}
