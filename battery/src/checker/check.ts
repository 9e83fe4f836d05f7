import type { RecordLine } from '../record.ts';
import { divergences } from './agreement.ts';
import { leaks, notShown, wronglyShown } from './delivered.ts';
import { gather, type Evidence } from './evidence.ts';
import type { Finding, FindingKind } from './finding.ts';
import { lostInStore, phantoms, saidTwice, storedHoles, storedInversions, storedTwice } from './stored.ts';

/** How often each thing went wrong; `findings` names every one. */
export interface Judgement {
  readonly acked: number;
  readonly lost: number;
  readonly phantom: number;
  readonly duplicated: number;
  readonly inversions: number;
  readonly holes: number;
  readonly diverged: number;
  readonly leaked: number;
  readonly exceptions: number;
  readonly findings: readonly Finding[];
}

/** @returns what no code caught, in our processes or in the clients. */
function exceptions({ lines }: Evidence): Finding[] {
  return lines.flatMap((line, at) =>
    line.kind === 'exception'
      ? [{ kind: 'exception' as const, subject: String(at), what: `${line.process}: ${line.text}` }]
      : [],
  );
}

/**
 * Judges a run by its record alone. Pure: the same record gives the same judgement, wherever it was made.
 * @returns counts of distinct subjects (a command that three readers lack is lost once) and the findings themselves.
 */
export function check(lines: readonly RecordLine[]): Judgement {
  const evidence = gather(lines);
  const findings = [
    lostInStore,
    phantoms,
    storedTwice,
    saidTwice,
    storedHoles,
    storedInversions,
    wronglyShown,
    notShown,
    divergences,
    leaks,
    exceptions,
  ].flatMap((find) => find(evidence));
  const count = (kind: FindingKind): number =>
    new Set(findings.filter((finding) => finding.kind === kind).map((finding) => finding.subject)).size;
  return {
    acked: evidence.acked.size,
    lost: count('lost'),
    phantom: count('phantom'),
    duplicated: count('duplicated'),
    inversions: count('inversion'),
    holes: count('hole'),
    diverged: count('diverged'),
    leaked: count('leaked'),
    exceptions: count('exception'),
    findings,
  };
}

/** @returns whether a judgement is the standard verdict of docs: everything zero, and something acked. */
export function isClean(judgement: Judgement): boolean {
  return judgement.findings.length === 0 && judgement.acked > 0;
}
