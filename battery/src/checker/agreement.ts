import type { RecordLine } from '../record.ts';
import { groupBy, placeOf, type Evidence, type Of } from './evidence.ts';
import type { Finding } from './finding.ts';

const isDigest = (line: RecordLine): line is Of<'digest'> => line.kind === 'digest';

/** @returns places on which the copies, the acks and the senders disagree, and digests that differ. */
export function divergences(evidence: Evidence): Finding[] {
  return [
    ...storesDisagree(evidence),
    ...acksDisagree(evidence),
    ...readersDisagree(evidence),
    ...digestsDiffer(evidence),
  ];
}

/** The log, the archive and the sender must agree on what a place holds. */
function storesDisagree(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const [place, copies] of groupBy([...evidence.log, ...evidence.documents], placeOf))
    if (new Set(copies.map((copy) => `${copy.op} ${copy.value}`)).size > 1)
      findings.push({ kind: 'diverged', subject: place, what: `log and archive disagree on ${place}` });
  for (const copy of [...evidence.log, ...evidence.documents, ...evidence.received]) {
    const sent = evidence.invoked.get(copy.op);
    if (sent && (sent.value !== copy.value || sent.conversationId !== copy.conversationId))
      findings.push({
        kind: 'diverged',
        subject: `${copy.op} ${copy.kind}`,
        what: `${copy.op} is not what was sent (${copy.kind})`,
      });
  }
  return findings;
}

/** A receipt names the place where the event stands, and no place is given twice within an epoch. */
function acksDisagree(evidence: Evidence): Finding[] {
  const seqs = new Map([...evidence.log, ...evidence.documents].map((copy) => [copy.op, copy.seq]));
  const findings: Finding[] = [];
  const given = new Map<string, string>();
  for (const [op, { epoch, seq }] of evidence.acked) {
    const stored = seqs.get(op);
    if (stored !== undefined && stored !== seq)
      findings.push({ kind: 'diverged', subject: op, what: `${op} was acked at ${seq}, but it stands at ${stored}` });
    const place = `${evidence.invoked.get(op)?.conversationId ?? ''} ${epoch} ${seq}`;
    const other = given.get(place);
    if (other !== undefined)
      findings.push({ kind: 'diverged', subject: op, what: `${op} and ${other} were both acked at ${place}` });
    given.set(place, op);
  }
  return findings;
}

/** Within one epoch every reader must be given the same event at the same place. */
function readersDisagree(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const [place, copies] of groupBy(evidence.received, (copy) => `${placeOf(copy)} ${copy.epoch}`))
    if (new Set(copies.map((copy) => copy.op)).size > 1)
      findings.push({ kind: 'diverged', subject: place, what: `readers disagree on ${place}` });
  return findings;
}

function digestsDiffer(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const [name, digests] of groupBy(evidence.lines.filter(isDigest), (line) => line.name))
    if (new Set(digests.map((line) => line.value)).size > 1)
      findings.push({
        kind: 'diverged',
        subject: name,
        what: `${name} differs: ${digests.map((line) => line.source).join(', ')}`,
      });
  return findings;
}
