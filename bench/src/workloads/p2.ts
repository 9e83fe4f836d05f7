import { isMet, WITHOUT_C, type Measured } from '../goal.ts';
import { openLoop } from '../load/load.ts';
import { usualCrowd } from '../load/member.ts';
import { rounded } from '../load/quantile.ts';
import { contest, medianOf, type Contestant } from './contest.ts';

const perSecond = 1_000;
const seconds = 5;

/** From sending on one node to receiving on the other, at 1,000 messages a second in all, open loop. */
export async function p2(): Promise<Measured> {
  const results = await contest((system) => openLoop(system, usualCrowd, perSecond, seconds));
  const at = (name: Contestant, figure: 'p50' | 'p99'): number => rounded(medianOf(results, name, figure));
  const value = at('parley', 'p50');
  const p99 = at('parley', 'p99');
  const ratio = (name: 'a' | 'b' | 'c'): number => rounded(value / at(name, 'p50'), 3);
  const ratios = { a: ratio('a'), b: ratio('b'), ...(results.has('c') && { c: ratio('c') }) };
  const quantiles = (name: Contestant) => ({ p50: at(name, 'p50'), p99: at(name, 'p99') });
  return {
    value,
    unit: 'ms (p50)',
    ratios,
    goal: 'p50 ≤ 1.5 ms, p99 ≤ 8 ms; p50 ≤ 0.2 × a, ≤ 1.3 × c',
    met: isMet([value <= 1.5, p99 <= 8, ratios.a <= 0.2, ratios.c === undefined ? undefined : ratios.c <= 1.3]),
    detail: {
      p99,
      parleyWithWorker: quantiles('parleyWithWorker'),
      a: quantiles('a'),
      b: quantiles('b'),
      c: quantiles('c'),
      ...(ratios.c === undefined && { unmeasured: WITHOUT_C }),
    },
  };
}
