import { newId, type CommandId } from '@parley/events';

const perRandom = 4_096;
let [base, used] = ['', perRandom];

/**
 * @returns a UUIDv7. Random bits are drawn once for a few thousand ids, which differ in a counter: the generator is to
 * cost as little as possible, and no id but Parley's has to be made by its client.
 */
export function quickId(): CommandId {
  if (used === perRandom) [base, used] = [newId<CommandId>(), 0];
  used += 1;
  return (base.slice(0, -4) + used.toString(16).padStart(4, '0')) as CommandId;
}
