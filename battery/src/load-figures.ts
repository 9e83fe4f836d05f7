import type { Figures } from './field.ts';
import type { RecordLine } from './record.ts';

/** Milliseconds from asking to the receipt, refusals, and how many of a hundred messages were acked in the end. */
export function latencies(lines: readonly RecordLine[]): Figures {
  const asked = new Map<string, number>();
  const acked = new Set<string>();
  const took: number[] = [];
  let refused = 0;
  for (const line of lines) {
    if (line.kind === 'invoke' && line.userId !== 'others') asked.set(line.op, line.at);
    if (line.kind === 'fail') refused += 1;
    if (line.kind === 'ok' || line.kind === 'settled') acked.add(line.op);
    const since = line.kind === 'ok' ? asked.get(line.op) : undefined;
    if (since !== undefined) took.push(line.at - since);
  }
  took.sort((a, b) => a - b);
  const at = (part: number): number => Math.round(took[Math.floor(took.length * part)] ?? 0);
  const ok = [...asked.keys()].filter((op) => acked.has(op)).length;
  const okPercent = asked.size === 0 ? 0 : (100 * ok) / asked.size;
  return { okPercent, refused, ackP50: at(0.5), ackP99: at(0.99), ackMax: Math.round(took.at(-1) ?? 0) };
}

/** What a fault still causes after its end counts to it for so long. */
const afterFaultMs = 5_000;

/**
 * Live events that came over the wire, and how many of a hundred came more than once. Within a fault, and shortly after
 * it, events may double: a client drops what it has.
 */
export function rawDuplicates(lines: readonly RecordLine[]): Figures {
  const seen = new Set<string>();
  let [frames, duplicates, faults, calmFrom] = [0, 0, 0, 0];
  for (const line of lines) {
    if (line.kind === 'fault') {
      faults += line.phase === 'begin' ? 1 : -1;
      calmFrom = line.at + afterFaultMs;
    }
    if (line.kind !== 'frame') continue;
    const key = `${line.reader} ${line.conversationId} ${line.epoch} ${line.seq}`;
    const again = seen.has(key);
    seen.add(key);
    if (faults > 0 || line.at < calmFrom) continue;
    frames += 1;
    duplicates += again ? 1 : 0;
  }
  return { frames, rawDuplicates: duplicates, rawDuplicatePercent: frames === 0 ? 0 : (100 * duplicates) / frames };
}
