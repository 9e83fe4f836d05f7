import type { ConversationId, DeviceId, UserId } from '@parley/events';

/** Socket.IO rooms. The log's scripts write the same names into the fan-out. */
export const conversationRoom = (conversationId: ConversationId): string => `c:${conversationId}`;
export const userRoom = (userId: UserId): string => `u:${userId}`;
/** All sockets of one signed-in session: closed when it ends. */
export const deviceRoom = (deviceId: DeviceId): string => `d:${deviceId}`;
