import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@parley/stack';
import type { Figures } from './field.ts';

const everyMs = 1_000;

/** Measures the api nodes from outside, once a second: how much memory each holds. */
export class NodeWatch {
  readonly #stack: Stack;
  /** MiB by node, in the order of time. */
  readonly #held: number[][];
  readonly #running: Promise<void>;
  #over = false;

  constructor(stack: Stack) {
    this.#stack = stack;
    this.#held = stack.apis.map(() => []);
    this.#running = this.#watch();
  }

  /**
   * Ends the watch. @returns of the node that grew most: the least that it held, in MiB, in the first half of the time and
   * in the second, and percent between. The collector of garbage lets all else swing.
   */
  async figures(): Promise<Figures> {
    this.#over = true;
    await this.#running;
    const grown = this.#held.map((held) => {
      const half = Math.ceil(held.length / 2);
      const [first, last] = [Math.min(...held.slice(0, half)), Math.min(...held.slice(half))];
      return { first, last, percent: (100 * (last - first)) / first };
    });
    const worst = grown.toSorted((a, b) => b.percent - a.percent)[0];
    const most = Math.max(...this.#held.flat());
    return {
      rssFirstMiB: Math.round(worst?.first ?? 0),
      rssLastMiB: Math.round(worst?.last ?? 0),
      rssMaxMiB: Math.round(most),
      rssGrowthPercent: Math.round(worst?.percent ?? 0),
    };
  }

  async #watch(): Promise<void> {
    while (!this.#isOver()) {
      for (const [at, { process }] of this.#stack.apis.entries()) {
        const bytes = await process.residentBytes();
        if (bytes !== undefined) this.#held[at]?.push(bytes / 1_024 ** 2);
      }
      await delay(everyMs);
    }
  }

  #isOver(): boolean {
    return this.#over;
  }
}

/**
 * @param folder into which loop-lateness.ts wrote.
 * @param since wall clock, in milliseconds.
 * @returns how late the event loops of the nodes were since then, in milliseconds: of a hundred times, 99 were not later.
 */
export async function lateness(folder: string, since: number): Promise<number> {
  const late: number[] = [];
  for (const name of await readdir(folder))
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const [at, numbers] = line.split(' ');
      if (numbers && Number(at) >= since) for (const one of numbers.split(',')) late.push(Number(one));
    }
  late.sort((a, b) => a - b);
  return late[Math.floor(late.length * 0.99)] ?? 0;
}
