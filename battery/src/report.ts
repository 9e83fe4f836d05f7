import type { BatteryCase } from './battery-case.ts';
import type { Judgement } from './checker/check.ts';
import type { Outcome } from './run-case.ts';

/** What `npm run battery -- --json` prints for a case. */
export interface Report {
  readonly case: string;
  readonly acked: number;
  readonly lost: number;
  readonly phantom: number;
  readonly duplicated: number;
  readonly inversions: number;
  readonly holes: number;
  readonly diverged: number;
  readonly leaked: number;
  readonly exceptions: number;
  /** `void`: the control passed, or did not get through, so the case proves nothing. */
  readonly verdict: 'pass' | 'fail' | 'void';
  /** `failed` is what a control must do; null when none was run. */
  readonly control: 'failed' | 'passed' | null;
  readonly wrong: readonly string[];
  readonly [figure: string]: unknown;
}

/** @returns the report of a run and of its control's, if there was one. */
export function reportOf(one: BatteryCase, outcome: Outcome, control: Outcome | null): Report {
  const harmed = control === null || control.broken ? null : one.control.harmed(control.judgement, control.figures);
  const unproven = control?.broken ? ['The control did not get through, see its own list.'] : [];
  return {
    case: one.id,
    ...countsOf(outcome.judgement),
    verdict: control && harmed !== true ? 'void' : outcome.wrong.length === 0 ? 'pass' : 'fail',
    control: harmed === null ? null : harmed ? 'failed' : 'passed',
    ...outcome.figures,
    ...(control && { controlRun: { ...countsOf(control.judgement), ...control.figures, wrong: control.wrong } }),
    wrong: [...outcome.wrong, ...unproven],
  };
}

function countsOf({ acked, lost, phantom, duplicated, inversions, holes, diverged, leaked, exceptions }: Judgement) {
  return { acked, lost, phantom, duplicated, inversions, holes, diverged, leaked, exceptions };
}
