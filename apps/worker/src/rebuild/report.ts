import type { BrokenChain } from './chain-check.ts';
import type { RebuildReport } from './rebuild.ts';

/** Differences that the text names; the JSON has all. */
const NAMED = 50;

/** @returns a rebuild's outcome for people, one line for each thing. */
export function reportText(report: RebuildReport & { readonly broken: readonly BrokenChain[] }): string {
  const lines = report.models.flatMap(({ model, documents, liveDigest, rebuiltDigest, differences }) => [
    `${model}: ${documents} documents, ${differences.length} differ`,
    `  live    ${liveDigest}`,
    `  rebuilt ${rebuiltDigest}`,
    ...differences
      .slice(0, NAMED)
      .map(
        ({ conversationId, id, live, rebuilt }) =>
          `  ${conversationId} ${id}\n    live    ${live ?? 'missing'}\n    rebuilt ${rebuilt ?? 'missing'}`,
      ),
  ]);
  const chains = report.broken.map(({ conversationId, seq }) => `chain of ${conversationId} is broken at seq ${seq}`);
  const switched = report.switched ? 'The rebuilt documents are live now.' : 'Nothing was changed.';
  const end = `${report.equal ? 'Equal' : 'NOT EQUAL'}: ${report.events} events in ${report.seconds.toFixed(1)} s. ${switched}`;
  return [...lines, ...chains, end, ''].join('\n');
}
