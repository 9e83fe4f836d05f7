import type { ArchiveReport } from './archive-check.ts';
import type { Comparison } from './compare.ts';
import type { BrokenEvent } from './conversation-check.ts';
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
    ...(log ? [`log: ${log.compared} events compared with the archive, ${log.broken.length} differ`] : []),
    ...(log ? named(log.broken.map(brokenLine)) : []),
    ...(archive && !log ? ['log: not compared: out of reach, or not asked for'] : []),
    ...report.models.flatMap(modelLines),
    end,
    '',
  ].join('\n');
}

function archiveLines({ archived, broken, lost, unchained }: ArchiveReport): string[] {
  return [
    `archive: ${archived} events, ${broken.length} missing or altered, ${lost.length} places of the log without one`,
    ...(unchained > 0
      ? [`  ${unchained} events lie behind holes of the log (see dead letters): no chain binds them`]
      : []),
    ...named(broken.map(brokenLine)),
    ...named(lost.map(({ partition, n }) => `  partition ${partition} n ${n} has no event`)),
  ];
}

function brokenLine(event: BrokenEvent): string {
  return `  ${event.conversationId} seq ${event.seq} ${what[event.what]}`;
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
