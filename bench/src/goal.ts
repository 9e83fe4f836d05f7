/** One number of the bench, as `--json` prints it. `ratios` are Parley's value over each baseline's. */
export interface Measured {
  readonly value: number;
  readonly unit: string;
  readonly ratios: Partial<Record<'a' | 'b' | 'c', number>>;
  readonly goal: string;
  readonly met: boolean;
  /** Whatever explains the value: other quantiles, the baselines' own values, what is left out. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export type Baseline = 'a' | 'b' | 'c';
export type Ratios = Measured['ratios'];
