import type { Measured } from '../goal.ts';
import { rounded } from '../load/quantile.ts';
import { measureProjection } from './projection.ts';

/** `rebuild --verify` of a million events: shadow build, comparison, digest. */
export async function p4(scale: number): Promise<Measured> {
  const { verified } = await measureProjection(1_000_000 * scale);
  const value = rounded(verified.seconds, 1);
  return {
    value,
    unit: 's',
    ratios: {},
    goal: '≤ 60 s for 1,000,000 events, digest equal',
    met: value <= 60 && verified.equal,
    detail: { equal: verified.equal, events: verified.events },
  };
}
