import { ConversationId, RefusalError, type ChannelList, type PageQuery, type UserId, type z } from '@parley/events';
import type { EventLog } from '@parley/events/log';
import { idBinary, publicChannels, type ChannelRow, type Database } from '@parley/read-models';
import { isAway } from '../access/conversation-door.ts';
import { holding } from './holding.ts';

export interface ChannelPorts {
  readonly database: Database;
  readonly log: Pick<EventLog, 'access'>;
}

/**
 * Only channels that are projected: the log has no list of the public ones by name, so a new channel is missing as long
 * as no worker runs. Its members have it in their conversation list at once.
 * @returns a page of the public channels by name, all or those whose name holds `search`. Whether I joined, by the log
 * while it is there.
 * @throws RefusalError `invalid` for a page that does not exist.
 */
export async function readChannels(
  ports: ChannelPorts,
  userId: UserId,
  page: z.output<typeof PageQuery>,
): Promise<ChannelList> {
  const after = page.after === undefined ? undefined : await placeOf(ports.database, page.after);
  const name = page.search ? holding(page.search) : undefined;
  const wanted = { limit: page.limit + 1, ...(after && { after }), ...(name && { name }) };
  const found = await publicChannels(ports.database, userId, wanted);
  const channels = await withJoined(ports, userId, found.slice(0, page.limit));
  return { channels, next: found.length > page.limit ? (channels.at(-1)?.conversationId ?? null) : null };
}

async function withJoined(ports: ChannelPorts, userId: UserId, rows: ChannelRow[]): Promise<ChannelRow[]> {
  try {
    const ids = rows.map(({ conversationId }) => conversationId);
    const accesses = await ports.log.access(userId, ids);
    return rows.map((row, at) => ({ ...row, joined: (accesses[at]?.role ?? null) !== null }));
  } catch (error) {
    if (isAway(error)) return rows;
    throw error;
  }
}

async function placeOf(database: Database, after: string): Promise<{ name: string; conversationId: ConversationId }> {
  const last = ConversationId.safeParse(after);
  const { conversations } = await database.readModels();
  const row = last.success ? await conversations.findOne({ _id: idBinary(last.data), visibility: 'public' }) : null;
  if (last.success && row?.name) return { name: row.name, conversationId: last.data };
  throw new RefusalError({ kind: 'invalid', message: 'There is no such page. Start at the first one.' });
}
