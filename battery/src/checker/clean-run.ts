import type { CopyLine, Happening, RecordLine } from '../record.ts';

const readers = ['alice', 'bob', 'carol'];
export const value = (conversationId: string, seq: number): string => `${conversationId} says ${seq}`;

/** A run without a fault: `counts[k]` messages in conversation k, each acked, stored, projected and shown to all. */
export function cleanRun(counts: readonly number[]): RecordLine[] {
  const lines: Happening[] = [];
  let n = 0;
  counts.forEach((count, index) => {
    const conversationId = `c${index}`;
    for (const userId of readers) {
      lines.push({ kind: 'reader', reader: `${userId}-1`, userId, conversationId });
      lines.push({ kind: 'visible', userId, conversationId, from: 1, to: Number.MAX_SAFE_INTEGER });
    }
    for (let seq = 1; seq <= count; seq += 1) lines.push(...message(conversationId, seq, (n += 1)));
  });
  return lines.map((line, at) => ({ ...line, at }));
}

function message(conversationId: string, seq: number, n: number): Happening[] {
  const copy = { op: `${conversationId}-op${seq}`, conversationId, seq, value: value(conversationId, seq) };
  return [
    { kind: 'invoke', op: copy.op, userId: 'alice', deviceId: 'alice-1', conversationId, value: copy.value },
    { kind: 'log', partition: 0, n, ...copy },
    { kind: 'ok', op: copy.op, epoch: 'e1', seq },
    { kind: 'document', ...copy },
    ...readers.flatMap((userId): CopyLine[] => [
      { kind: 'frame', reader: `${userId}-1`, epoch: 'e1', ...copy },
      { kind: 'shown', reader: `${userId}-1`, epoch: 'e1', ...copy },
    ]),
  ];
}

export const run = cleanRun([5, 3]);
export const without = (gone: (line: RecordLine) => boolean): RecordLine[] => run.filter((line) => !gone(line));
export const isOp = (line: RecordLine, op: string): boolean => 'op' in line && line.op === op;
export const add = (...lines: Happening[]): RecordLine[] => [
  ...run,
  ...lines.map((line, at) => ({ ...line, at: 1_000 + at })),
];
export const replaced = (hit: (line: RecordLine) => boolean, change: (line: RecordLine) => RecordLine): RecordLine[] =>
  run.map((line) => (hit(line) ? change(line) : line));
export const nothing = {
  lost: 0,
  phantom: 0,
  duplicated: 0,
  inversions: 0,
  holes: 0,
  diverged: 0,
  leaked: 0,
  exceptions: 0,
};
