import type { Judgement } from './checker/check.ts';
import type { Field, Figures } from './field.ts';
import type { Mutation } from './mutated-tree.ts';

/** What a case runs on. */
export interface Topology {
  readonly apis: number;
  readonly workers: number;
  /** Operations of the load per second in all. */
  readonly perSecond: number;
  /** Settings of the log Redis, over production's. */
  readonly redisSettings?: Readonly<Record<string, string>>;
  /** A command line to run the log Redis or mongod under, writing into `folder`. */
  readonly redisUnder?: (folder: string) => readonly string[];
  readonly mongoUnder?: (folder: string) => readonly string[];
  /** Lets the api nodes note how late their event loops are. */
  readonly lateness?: boolean;
  /** More environment for api and worker. */
  readonly env?: Readonly<Record<string, string>>;
}

export const usualTopology: Topology = { apis: 3, workers: 2, perSecond: 200 };

/** The same case with one protection off: the loss must show, or the case proves nothing. */
export interface Control {
  /** The protection that is off. */
  readonly off: string;
  readonly mutations?: readonly Mutation[];
  readonly topology?: Partial<Topology>;
  /** @returns whether the harm that the protection prevents was seen. */
  readonly harmed: (judgement: Judgement, figures: Figures) => boolean;
}

/** One fault of the battery. */
export interface BatteryCase {
  readonly id: string;
  readonly title: string;
  /** Runs only where it is named: it measures a guarantee for as long as one likes, and is no fault. */
  readonly onRequest?: boolean;
  /** About how long it lasts in all at pace 1. */
  readonly seconds: number;
  readonly topology?: Partial<Topology>;
  /** Brings the fault about while people talk; resolves when everything works again. Its figures are reported. */
  readonly fault: (field: Field) => Promise<Figures>;
  /**
   * @param slow by how much times may be longer than the case says; 1 on a quiet machine.
   * @returns what of the figures the case does not allow, in words.
   */
  readonly limits?: (figures: Figures, slow: number) => string[];
  readonly control: Control;
}

/** @returns the sentence if a figure is beyond its limit, or missing; else nothing. */
export function atMost(figures: Figures, name: string, limit: number): string[] {
  const value = Number(figures[name]);
  return value <= limit ? [] : [`${name} is ${String(figures[name])}, not at most ${limit}`];
}

/** @returns the sentence if a figure is below its limit, or missing; else nothing. */
export function atLeast(figures: Figures, name: string, limit: number): string[] {
  const value = Number(figures[name]);
  return value >= limit ? [] : [`${name} is ${String(figures[name])}, not at least ${limit}`];
}
