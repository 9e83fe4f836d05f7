import type { Epoch } from '../contract/ids.ts';

const RECORD_BYTES = 13;

/**
 * How far a conversation's history under `epoch` is the same as the present one: every later epoch cut it at the head
 * that it found. `order`: all epochs of the partition by age. `lineage`: packed (epoch 8 bytes, head 5 bytes) of each
 * epoch in which the conversation was appended to.
 * @returns a seq; 0 for an epoch that is not in `order`.
 */
export function sharedHead(epoch: Epoch, order: readonly Epoch[], head: number, lineage: Buffer): number {
  const age = order.indexOf(epoch);
  if (age < 0) return 0;
  let shared = head;
  for (let at = 0; at < lineage.length; at += RECORD_BYTES) {
    const later = order.indexOf(lineage.toString('hex', at, at + 8) as Epoch) > age;
    if (later) shared = Math.min(shared, lineage.readUIntBE(at + 8, 5));
  }
  return shared;
}
