import { describe, expect, test } from 'vitest';
import type { Partition } from '../contract/ids.ts';
import { Flight, type Load, type Shipper } from './flight.ts';

/** A partition that sends what it was given, one piece a flight, and notes what became of it. */
function shipper(partition: number, pieces: string[], told: string[]): Shipper {
  return {
    take: () => {
      const piece = pieces.shift();
      if (piece === undefined) return undefined;
      return {
        partition: partition as Partition,
        records: Buffer.from(piece),
        landed: (reply) => told.push(`${piece} ${reply.toString()}`),
        lost: (error) => told.push(`${piece} ${String(error)}`),
      };
    },
  };
}

const piecesOf = (loads: readonly Load[]): string[] => loads.map(({ records }) => records.toString());

describe('the flights of a node', () => {
  test('one at a time: what is booked meanwhile, in any partition, goes together with the next', async () => {
    const told: string[] = [];
    const sent: string[][] = [];
    const away: PromiseWithResolvers<Buffer[]>[] = [];
    const flight = new Flight((loads) => {
      sent.push(piecesOf(loads));
      const answer = Promise.withResolvers<Buffer[]>();
      away.push(answer);
      return answer.promise;
    });
    const one = shipper(1, ['a', 'b'], told);
    flight.book(one);
    await expect.poll(() => sent).toEqual([['a']]);
    flight.book(one);
    flight.book(shipper(2, ['c'], told));
    away[0]?.resolve([Buffer.from('kept')]);
    await expect.poll(() => sent).toEqual([['a'], ['b', 'c']]);
    expect(told).toEqual(['a kept']);
  });

  test('each partition gets its own answer; a flight that fails is lost for all, and the next one goes', async () => {
    const told: string[] = [];
    const answers = [[Buffer.from('kept'), new Error('no')], undefined, [Buffer.from('kept')]];
    const flight = new Flight(() => {
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('away'));
    });
    const [one, two] = [shipper(1, ['a', 'b', 'c'], told), shipper(2, ['d', 'e'], told)];
    flight.book(one);
    flight.book(two);
    await expect.poll(() => told).toEqual(['a kept', 'd Error: no']);
    flight.book(one);
    flight.book(two);
    await expect.poll(() => told.slice(2)).toEqual(['b Error: away', 'e Error: away']);
    flight.book(one);
    await expect.poll(() => told.slice(4)).toEqual(['c kept']);
  });
});
