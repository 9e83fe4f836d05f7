import type { OperationLine, RecordLine } from '../record.ts';

export type Of<K extends RecordLine['kind']> = Extract<RecordLine, { kind: K }>;
export type Invoke = Of<'invoke'>;
export type ReceivedCopy = Of<'frame'> | Of<'shown'>;
export type StoredCopy = Of<'log'> | Of<'document'>;

/** A record, sorted by what the checks ask for. */
export interface Evidence {
  readonly lines: readonly RecordLine[];
  readonly invoked: ReadonlyMap<string, Invoke>;
  readonly acked: ReadonlyMap<string, Of<'ok'>>;
  /** Acked, at a place that nothing shows. */
  readonly settled: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly log: readonly Of<'log'>[];
  readonly documents: readonly Of<'document'>[];
  /** Live frames, then shown events. */
  readonly received: readonly ReceivedCopy[];
  readonly readers: readonly Of<'reader'>[];
  /** Stays by user and conversation. */
  readonly visible: ReadonlyMap<string, readonly Of<'visible'>[]>;
}

/** @returns the record's lines by what they prove. */
export function gather(lines: readonly RecordLine[]): Evidence {
  const of = <K extends RecordLine['kind']>(kind: K): Of<K>[] =>
    lines.filter((line): line is Of<K> => line.kind === kind);
  return {
    lines,
    invoked: firstByOp(of('invoke')),
    acked: firstByOp(of('ok')),
    settled: new Set(of('settled').map((line) => line.op)),
    refused: new Set(of('fail').map((line) => line.op)),
    log: of('log'),
    documents: of('document'),
    received: [...of('frame'), ...of('shown')],
    readers: of('reader'),
    visible: groupBy(of('visible'), (stay) => `${stay.userId} ${stay.conversationId}`),
  };
}

function firstByOp<T extends OperationLine>(lines: readonly T[]): Map<string, T> {
  const byOp = new Map<string, T>();
  for (const line of lines) if (!byOp.has(line.op)) byOp.set(line.op, line);
  return byOp;
}

/** @returns the items by a key, in their order. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** @returns whether a user may see a seq of a conversation. */
export function maySee(evidence: Evidence, userId: string, conversationId: string, seq: number): boolean {
  const stays = evidence.visible.get(`${userId} ${conversationId}`) ?? [];
  return stays.some((stay) => stay.from <= seq && seq <= stay.to);
}

/** @returns the key of a place in a conversation. */
export const placeOf = (copy: { conversationId: string; seq: number }): string => `${copy.conversationId}#${copy.seq}`;
