import { setTimeout as delay } from 'node:timers/promises';
import type { ServerHandle } from '@parley/servers';
import type { AppProcess, Stack } from '@parley/stack';
import type { Crowd, Door } from './crowd.ts';
import type { Recorder } from './record.ts';
import type { Sending } from './sending.ts';
import type { Links } from './links.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** What a case reports besides the checker's counts. */
export type Figures = Record<string, number | string>;

/** Everything that a fault can be aimed at, while people talk. */
export interface Field {
  readonly stack: Stack;
  /** The log's. */
  readonly redis: ServerHandle;
  readonly jobs: ServerHandle;
  readonly mongo: ServerHandle;
  readonly links: Links;
  /** Between the clients and the api nodes. */
  readonly front: TcpProxy;
  readonly door: Door;
  readonly crowd: Crowd;
  readonly recorder: Recorder;
  readonly sending: Sending;
  /** For files of this run; removed at its end. */
  readonly folder: string;
  /** Scales all waits and durations of a case; 1 is what its title says. */
  readonly pace: number;
  /** Scales the load and what is counted of it. */
  readonly size: number;
  /** By how much times may be longer than a case says. */
  readonly slow: number;
}

/** Marks a fault in the record while it lasts. */
export async function fault<T>(field: Field, what: string, work: () => Promise<T>): Promise<T> {
  field.recorder.add({ kind: 'fault', what, phase: 'begin' });
  try {
    return await work();
  } finally {
    field.recorder.add({ kind: 'fault', what, phase: 'end' });
  }
}

/** Lets the load run for so many seconds at pace 1. */
export function seconds(field: Field, count: number): Promise<void> {
  return delay(count * 1_000 * field.pace);
}

/** Does something so many times, beginning once in so many seconds at pace 1, or later where it takes longer. */
export async function every(field: Field, period: number, times: number, work: () => Promise<void>): Promise<void> {
  for (let count = 0; count < times; count += 1) await Promise.all([work(), seconds(field, period)]);
}

/** Kills a process and starts it again after a while. */
export async function killAndRestart(field: Field, process: AppProcess, afterSeconds: number): Promise<void> {
  await process.kill('SIGKILL');
  await seconds(field, afterSeconds);
  await process.start();
}

/** @returns one of the items at random. */
export function anyOf<T>(items: readonly T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('There is nothing to choose from.');
  return item;
}

/** Waits for a condition. @returns the milliseconds that it took; rejects with `what` after the limit. */
export async function until(what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > limitMs) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await delay(50);
  }
  return performance.now() - started;
}
