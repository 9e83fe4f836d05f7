import { commandsInLog } from '../stores.ts';
import type { Field } from '../field.ts';

/**
 * @returns how many acked messages a freshly started log Redis does not hold. To be asked past the link and before any
 * node may reach the server: afterwards clients heal the log, and nothing would show.
 */
export async function ackedGone(field: Field): Promise<{ ackedBefore: number; gone: number }> {
  const acked = field.recorder.lines.flatMap((line) => (line.kind === 'ok' ? [line.op] : []));
  const kept = await commandsInLog(field.redis.url);
  return { ackedBefore: acked.length, gone: acked.filter((op) => !kept.has(op)).length };
}
