import { reactionValue } from '../stored-value.ts';
import { groupBy, placeOf, type Evidence, type Invoke, type StoredCopy } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Stored copies of one event, in the log and in the archive, are one place. */
function storedPlaces(evidence: Evidence): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  for (const copy of [...evidence.log, ...evidence.documents]) {
    const known = places.get(copy.op) ?? new Set();
    places.set(copy.op, known.add(placeOf(copy)));
  }
  return places;
}

/** @returns acked commands that the log or MongoDB does not hold. */
export function lostInStore(evidence: Evidence): Finding[] {
  const stored = storedPlaces(evidence);
  const projected = new Set(evidence.documents.map((copy) => copy.op));
  const findings: Finding[] = [];
  for (const op of new Set([...evidence.acked.keys(), ...evidence.settled])) {
    if (!stored.has(op)) findings.push({ kind: 'lost', subject: op, what: `${op} was acked, but it is not stored` });
    else if (!projected.has(op))
      findings.push({ kind: 'lost', subject: op, what: `${op} was acked and stored, but not projected` });
  }
  return findings;
}

/** @returns stored commands that were refused, or that nobody sent. */
export function phantoms(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const op of storedPlaces(evidence).keys()) {
    if (!evidence.invoked.has(op))
      findings.push({ kind: 'phantom', subject: op, what: `${op} is stored, but nobody sent it` });
    else if (evidence.refused.has(op))
      findings.push({ kind: 'phantom', subject: op, what: `${op} is stored, but it was refused` });
  }
  return findings;
}

/** @returns commands that are stored at more than one place, or twice at the same one. */
export function storedTwice(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const [op, places] of storedPlaces(evidence))
    if (places.size > 1)
      findings.push({ kind: 'duplicated', subject: op, what: `${op} is stored at ${[...places].join(' and ')}` });
  for (const copies of [evidence.log, evidence.documents])
    for (const [key, same] of groupBy<StoredCopy>(copies, (copy) => `${copy.op} at ${placeOf(copy)}`))
      if (same.length > 1)
        findings.push({
          kind: 'duplicated',
          subject: key,
          what: `${key} is ${same.length} times in the ${same[0]?.kind ?? ''}`,
        });
  return findings;
}

/** @returns texts of the load, each of which was asked for once, that are stored under more than one command. */
export function saidTwice(evidence: Evidence): Finding[] {
  const asked = new Set([...evidence.invoked.values()].filter(isUnique).map(placed));
  const copies = [...evidence.log, ...evidence.documents].filter((copy) => asked.has(placed(copy)));
  const findings: Finding[] = [];
  for (const [said, same] of groupBy<StoredCopy>(copies, placed)) {
    const ops = new Set(same.map((copy) => copy.op));
    if (ops.size > 1)
      findings.push({ kind: 'duplicated', subject: said, what: `"${said}" is stored as ${[...ops].join(' and ')}` });
  }
  return findings;
}

const placed = ({ conversationId, value }: { conversationId: string; value: string }): string =>
  `${conversationId} ${value}`;

/** Every reaction of the load is alike, and what others than the load said may be, too. */
const isUnique = ({ userId, value }: Invoke): boolean => userId !== 'others' && value !== reactionValue;

/** @returns missing seqs of conversations (log and archive together; archive alone) and missing log positions. */
export function storedHoles(evidence: Evidence): Finding[] {
  const everything = [...evidence.log, ...evidence.documents];
  return [
    ...[...groupBy<StoredCopy>(everything, (copy) => copy.conversationId)].flatMap(([id, copies]) =>
      missing(
        copies.map((copy) => copy.seq),
        1,
        `${id} in log and archive`,
      ),
    ),
    ...[...groupBy(evidence.documents, (copy) => copy.conversationId)].flatMap(([id, copies]) =>
      missing(
        copies.map((copy) => copy.seq),
        1,
        `${id} in the archive`,
      ),
    ),
    ...[...groupBy(evidence.log, (copy) => String(copy.partition))].flatMap(([partition, copies]) =>
      missing(
        copies.map((copy) => copy.n),
        undefined,
        `partition ${partition}`,
      ),
    ),
  ];
}

/** @param first the number that must be there first; without it the lowest one counts (a trimmed log). */
function missing(numbers: readonly number[], first: number | undefined, where: string): Finding[] {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const findings: Finding[] = [];
  let expected = first ?? sorted[0] ?? 1;
  for (const number of sorted) {
    if (number > expected)
      findings.push({
        kind: 'hole',
        subject: `${where}#${expected}`,
        what: `${where} lacks ${expected} to ${number - 1}`,
      });
    expected = number + 1;
  }
  return findings;
}

/** @returns commands of one device and conversation that are stored in another order than they were sent. */
export function storedInversions(evidence: Evidence): Finding[] {
  const seqs = new Map([...evidence.log, ...evidence.documents].map((copy) => [copy.op, copy.seq]));
  const sent = [...evidence.invoked.values()].filter((invoke) => seqs.has(invoke.op));
  const findings: Finding[] = [];
  for (const invokes of groupBy(sent, (invoke) => `${invoke.deviceId} ${invoke.conversationId}`).values()) {
    let highest = 0;
    for (const { op } of invokes) {
      const seq = seqs.get(op) ?? 0;
      if (seq < highest)
        findings.push({ kind: 'inversion', subject: op, what: `${op} is stored before what its device sent earlier` });
      highest = Math.max(highest, seq);
    }
  }
  return findings;
}
