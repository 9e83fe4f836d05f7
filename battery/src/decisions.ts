import type { RecordLine } from './record.ts';
import { reactionValue } from './stored-value.ts';

/** Edits and reactions show no receipt of their own. */
export const isMessage = (value: string): boolean => value !== reactionValue && !value.includes(' edit ');

/** @returns how many messages were acked so far. */
export function acks(lines: readonly RecordLine[]): number {
  return lines.reduce((count, line) => count + (line.kind === 'ok' ? 1 : 0), 0);
}

/**
 * @param forMs counts only what was asked for at least so long ago.
 * @returns how many messages of the load are neither acked nor refused now.
 */
export function undecided(lines: readonly RecordLine[], forMs: number): number {
  const latest = performance.now() - forMs;
  const open = new Set<string>();
  for (const line of lines) {
    if (line.kind === 'invoke' && line.at <= latest && isMessage(line.value)) open.add(line.op);
    if (line.kind === 'ok' || line.kind === 'fail') open.delete(line.op);
  }
  return open.size;
}
