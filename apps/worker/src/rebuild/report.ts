import { PARTITIONS } from '@parley/events';
import type { ArchiveReport } from './archive-check.ts';
import type { Comparison } from './compare.ts';
import type { BrokenEvent } from './conversation-check.ts';
import type { LogComparison } from './log-check.ts';
import type { RebuildReport } from './rebuild.ts';

/** Things of one kind that the text names; the JSON has all. */
const NAMED = 50;

const what = {
  missing: 'is missing',
  altered: 'is not what was written',
  unexpected: 'is in the archive, but the head of its conversation does not know of it',
};

/** @returns a rebuild's outcome for people, one line for each thing. */
export function reportText(report: RebuildReport): string {
  const { archive, log } = report;
  const switched = report.switched ? 'The rebuilt documents are live now.' : 'Nothing was changed.';
  const end = `${report.equal ? 'Equal' : 'NOT EQUAL'}: ${report.events} events in ${report.seconds.toFixed(1)} s. ${switched}`;
  return [
    ...(archive ? archiveLines(archive) : []),
    ...(log ? logLines(log) : []),
    ...(archive && !log ? ['log: not compared: not asked for'] : []),
    ...report.models.flatMap(modelLines),
    end,
    '',
  ].join('\n');
}

function archiveLines({ archived, broken, lost, unchained, erased }: ArchiveReport): string[] {
  const faults = sum(broken.map(({ seq, to }) => to - seq + 1));
  const places = sum(lost.map(({ n, to }) => to - n + 1));
  return [
    `archive: ${archived} events, ${faults} missing or altered, ${places} places of the log without one`,
    ...(erased > 0 ? [`  ${erased} events are erased: a commitment stands for what they said`] : []),
    ...(unchained > 0
      ? [`  ${unchained} events lie behind holes of the log (see dead letters): no chain binds them`]
      : []),
    ...named(broken.map(brokenLine)),
    ...named(lost.map(({ partition, n, to }) => `  partition ${partition} n ${rangeText(n, to)} has no event`)),
  ];
}

function logLines({ compared, partitions, broken, error }: LogComparison): string[] {
  return [
    `log: ${compared} events compared with the archive, ${broken.length} differ`,
    ...(error === null ? [] : [`  not compared to the end, only ${partitions} of ${PARTITIONS} partitions: ${error}`]),
    ...named(broken.map(brokenLine)),
  ];
}

function brokenLine(event: BrokenEvent): string {
  return `  ${event.conversationId} seq ${rangeText(event.seq, event.to)} ${what[event.what]}`;
}

function rangeText(from: number, to: number): string {
  return from === to ? `${from}` : `${from} to ${to}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function modelLines({ model, documents, liveDigest, rebuiltDigest, differences }: Comparison): string[] {
  return [
    `${model}: ${documents} documents, ${differences.length} differ`,
    `  live    ${liveDigest}`,
    `  rebuilt ${rebuiltDigest}`,
    ...named(
      differences.map(
        ({ conversationId, id, live, rebuilt }) =>
          `  ${conversationId} ${id}\n    live    ${live ?? 'missing'}\n    rebuilt ${rebuilt ?? 'missing'}`,
      ),
    ),
  ];
}

function named(lines: readonly string[]): string[] {
  const more = lines.length - NAMED;
  return more > 0 ? [...lines.slice(0, NAMED), `  and ${more} more: see --json`] : [...lines];
}
