/** One number of the bench, as `--json` prints it. `ratios` are Parley's value over each baseline's. */
export interface Measured {
  readonly value: number;
  readonly unit: string;
  readonly ratios: Partial<Record<'a' | 'b' | 'c', number>>;
  readonly goal: string;
  /** Null where a part of the goal could not be measured; `detail` says which. */
  readonly met: boolean | null;
  /** Whatever explains the value: other quantiles, the baselines' own values, what is left out. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export type Baseline = 'a' | 'b' | 'c';
export type Ratios = Measured['ratios'];

/** For `detail`, where the part of a goal that compares with Centrifuge was not measured. */
export const WITHOUT_C = 'baseline c was not measured (it needs Go), so whether the goal is met is not known';

/** @returns whether a goal is met: never where a part of it was missed, and unknown where a part was not measured. */
export function isMet(parts: readonly (boolean | undefined)[]): boolean | null {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? null : true;
}
