import { Epoch, RefusalError, type CommandId, type Receipt, type UserId } from '@parley/events';
import type { Access, EventLog } from '@parley/events/log';
import { archiveOf, isVisible, type Database } from '@parley/read-models';
import { isAway } from '../access/conversation-door.ts';
import { readTail } from './tail.ts';

export interface ReceiptPorts {
  readonly database: Database;
  readonly log: Pick<EventLog, 'events'>;
}

/**
 * Finds what became of a command, for whoever may see its event: in the log's tail, else in the archive.
 * @throws RefusalError `not_found`.
 */
export async function readReceipt(
  ports: ReceiptPorts,
  access: Access,
  command: { readonly userId: UserId; readonly commandId: CommandId },
): Promise<Receipt> {
  const receipt = (await inTail(ports, access, command)) ?? (await inArchive(ports, access, command));
  if (receipt && isVisible(access.visible, receipt.seq)) return receipt;
  throw new RefusalError({ kind: 'not_found', message: 'There is nothing here, or you may not see it.' });
}

/** Every unarchived event belongs to the present epoch or was appended again in it. */
async function inTail(
  ports: ReceiptPorts,
  access: Access,
  command: { readonly userId: UserId; readonly commandId: CommandId },
): Promise<Receipt | undefined> {
  const { conversationId, epoch, head, unarchived } = access.conversation;
  try {
    const tail = await readTail(ports.log, conversationId, unarchived, head);
    const event = tail.find(
      ({ actor, commandId }) => actor.userId === command.userId && commandId === command.commandId,
    );
    return event && { conversationId, epoch: Epoch.parse(epoch), seq: event.seq, at: event.at };
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}

async function inArchive(
  ports: ReceiptPorts,
  access: Access,
  command: { readonly userId: UserId; readonly commandId: CommandId },
): Promise<Receipt | undefined> {
  const archive = archiveOf(ports.database);
  const { conversationId } = access.conversation;
  return (await archive.findReceipt(conversationId, command.userId, command.commandId))?.receipt;
}
