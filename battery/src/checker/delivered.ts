import { groupBy, maySee, placeOf, type Evidence, type Of } from './evidence.ts';
import type { Finding } from './finding.ts';

const inTimeline = (line: { reader: string; conversationId: string }): string =>
  `${line.reader} ${line.conversationId}`;
type TimelineLine = Of<'shown'> | Of<'dropped'>;

/** @returns what every reader holds in the end, and what was wrong on the way, by reader and conversation. */
function readTimelines(evidence: Evidence): Map<string, Timeline> {
  const lines = evidence.lines.filter((line): line is TimelineLine => line.kind === 'shown' || line.kind === 'dropped');
  return new Map([...groupBy<TimelineLine>(lines, inTimeline)].map(([key, own]) => [key, new Timeline(own)]));
}

/** What one reader was shown of one conversation, after the drops that a new epoch asked for. */
class Timeline {
  readonly held = new Map<number, string>();
  readonly ops = new Set<string>();
  readonly findings: Finding[] = [];
  top = 0;

  constructor(lines: readonly TimelineLine[]) {
    for (const line of lines) {
      if (line.kind === 'dropped') this.#drop(line.seq);
      else this.#show(line);
    }
  }

  #drop(beyond: number): void {
    for (const [seq, op] of this.held)
      if (seq > beyond) {
        this.held.delete(seq);
        this.ops.delete(op);
      }
    this.top = Math.max(0, ...this.held.keys());
  }

  #show({ op, conversationId, seq, reader }: Of<'shown'>): void {
    const subject = `${op} at ${placeOf({ conversationId, seq })} to ${reader}`;
    if (this.held.has(seq) || this.ops.has(op))
      this.findings.push({ kind: 'duplicated', subject, what: `showed ${subject} again` });
    else if (seq < this.top)
      this.findings.push({ kind: 'inversion', subject, what: `showed ${subject} after ${this.top}` });
    this.held.set(seq, op);
    this.ops.add(op);
    this.top = Math.max(this.top, seq);
  }
}

/** @returns what readers were shown twice or in a wrong order. */
export function wronglyShown(evidence: Evidence): Finding[] {
  return [...readTimelines(evidence).values()].flatMap((reading) => reading.findings);
}

/** @returns acked commands that a drained reader was not shown, and stored ones that it skipped. */
export function notShown(evidence: Evidence): Finding[] {
  const timelines = readTimelines(evidence);
  const stored = groupBy([...evidence.documents, ...evidence.log], (copy) => copy.conversationId);
  const seqs = new Map([...evidence.documents, ...evidence.log].map((copy) => [copy.op, copy.seq]));
  const acked = groupBy([...evidence.acked.keys()], (op) => evidence.invoked.get(op)?.conversationId ?? '');
  // A reaction or an edit takes a seq, but no row of its own: only what somebody was shown can be missing elsewhere.
  const showable = new Set([...timelines.values()].flatMap((timeline) => [...timeline.ops]));
  const findings: Finding[] = [];
  for (const reader of evidence.readers) {
    const timeline = timelines.get(inTimeline(reader)) ?? new Timeline([]);
    for (const op of acked.get(reader.conversationId) ?? []) {
      const seq = seqs.get(op) ?? evidence.acked.get(op)?.seq ?? 0;
      if (!timeline.ops.has(op) && mustSee(evidence, reader, seq))
        findings.push({ kind: 'lost', subject: op, what: `${op} was acked, but not delivered to ${reader.reader}` });
    }
    for (const copy of stored.get(reader.conversationId) ?? [])
      if (
        copy.seq < timeline.top &&
        showable.has(copy.op) &&
        !timeline.held.has(copy.seq) &&
        mustSee(evidence, reader, copy.seq)
      )
        findings.push({
          kind: 'hole',
          subject: `${reader.reader} ${placeOf(copy)}`,
          what: `${reader.reader} lacks ${placeOf(copy)}, though it was shown ${timeline.top}`,
        });
  }
  return findings;
}

function mustSee(evidence: Evidence, { userId, conversationId, from = 1 }: Of<'reader'>, seq: number): boolean {
  return seq >= from && maySee(evidence, userId, conversationId, seq);
}

/** @returns frames and shown events that the reader's user may not see. */
export function leaks(evidence: Evidence): Finding[] {
  const userOf = new Map(evidence.readers.map((line) => [line.reader, line.userId]));
  return evidence.received
    .filter((copy) => {
      const userId = userOf.get(copy.reader);
      return userId === undefined || !maySee(evidence, userId, copy.conversationId, copy.seq);
    })
    .map((copy) => ({
      kind: 'leaked',
      subject: `${copy.reader} ${placeOf(copy)}`,
      what: `${copy.reader} got ${placeOf(copy)}, which it may not see`,
    }));
}
