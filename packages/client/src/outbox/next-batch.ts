import type { OutboxEntry } from './outbox-entry.ts';

const MOST_COMMANDS = 20;
/** Well below the largest frame, so that the envelope around it fits too. */
const MOST_BYTES = 128 * 1024;

const isCreation = (entry: OutboxEntry): boolean => entry.command.type === 'conversation.create';

/**
 * @param lane the entries of a lane in order.
 * @param isDue whether an entry still has to be sent.
 * @returns the next commands to send together: in order, none left out in between. A creation stands alone; a command
 * that waits for another one's seq ends the batch.
 */
export function nextBatch(lane: readonly OutboxEntry[], isDue: (entry: OutboxEntry) => boolean): OutboxEntry[] {
  const batch: OutboxEntry[] = [];
  let bytes = 0;
  for (const entry of lane) {
    if (!isDue(entry)) continue;
    bytes += JSON.stringify(entry.command).length * 3;
    const full = batch.length === MOST_COMMANDS || (batch.length > 0 && bytes > MOST_BYTES);
    if (full || entry.after !== undefined || (isCreation(entry) && batch.length > 0)) break;
    batch.push(entry);
    if (isCreation(entry)) break;
  }
  return batch;
}
