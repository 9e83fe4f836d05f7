import type { Access, EventLog } from '@parley/events/log';
import { firstSince, type Database } from '@parley/read-models';
import { visibleTail } from './tail.ts';

export interface MomentPorts {
  readonly database: Database;
  readonly log: Pick<EventLog, 'events'>;
}

/**
 * Looks in the archive first, then in what only the log holds.
 * @param since milliseconds since 1970.
 * @returns the seq of the first event of that moment or later that the reader may see; the one after the head for none.
 * @throws RefusalError `unavailable` when the log can't be read now.
 */
export async function firstSeqSince(ports: MomentPorts, access: Access, since: number): Promise<number> {
  const { conversationId, head, unarchived } = access.conversation;
  const inArchive = (to: number) => firstSince(ports.database, { conversationId, visible: access.visible, to, since });
  const early = await inArchive(unarchived - 1);
  if (early !== undefined) return early;
  const { tail, dense } = await visibleTail(ports.log, access, unarchived);
  // What was in the log alone a moment ago may have moved to the archive since.
  const moved = dense ? undefined : await inArchive(head);
  return moved ?? tail.find(({ at }) => at >= since)?.seq ?? head + 1;
}
