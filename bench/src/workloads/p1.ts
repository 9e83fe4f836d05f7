import { isMet, WITHOUT_C, type Measured } from '../goal.ts';
import { closedLoop } from '../load/load.ts';
import { usualCrowd } from '../load/member.ts';
import { rounded } from '../load/quantile.ts';
import { contest, medianOf } from './contest.ts';

const inFlight = 4;
const seconds = 5;

/** Durable sends per second at a fan-out of 10, two nodes, closed loop. */
export async function p1(): Promise<Measured> {
  const results = await contest((system) => closedLoop(system, usualCrowd, inFlight, seconds));
  const rate = (name: Parameters<typeof medianOf>[1]): number => medianOf(results, name, 'ackedPerSecond');
  const value = rate('parley');
  const ratiosOf = (own: number) => ({
    a: rounded(own / rate('a')),
    b: rounded(own / rate('b')),
    ...(results.has('c') && { c: rounded(own / rate('c')) }),
  });
  const ratios: { a: number; b: number; c?: number } = ratiosOf(value);
  return {
    value,
    unit: 'acked sends/s',
    ratios,
    goal: '≥ 5 × a, ≥ 1.5 × b, ≥ 1.2 × c',
    met: isMet([ratios.a >= 5, ratios.b >= 1.5, ratios.c === undefined ? undefined : ratios.c >= 1.2]),
    detail: {
      parleyWithWorker: rate('parleyWithWorker'),
      ratiosWithWorker: ratiosOf(rate('parleyWithWorker')),
      a: rate('a'),
      b: rate('b'),
      c: rate('c'),
      ...(ratios.c === undefined && { unmeasured: WITHOUT_C }),
      note: 'value: the worker stands still, as nothing projects for b and c either; parleyWithWorker: it projects on the same cores',
    },
  };
}
