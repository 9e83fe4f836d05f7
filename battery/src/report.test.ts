import { expect, test } from 'vitest';
import type { BatteryCase } from './battery-case.ts';
import { check } from './checker/check.ts';
import { run } from './checker/clean-run.ts';
import { reportOf } from './report.ts';
import type { Outcome } from './run-case.ts';

const one: BatteryCase = {
  id: 'F99',
  seconds: 1,
  title: 'nothing happens',
  fault: () => Promise.resolve({}),
  control: { off: 'nothing', harmed: ({ lost }) => lost > 0 },
};
const clean: Outcome = { judgement: check(run), figures: { kills: 6 }, wrong: [], broken: false };
const withLoss = check(run.filter((line) => line.kind !== 'document'));
const lossy: Outcome = { judgement: withLoss, figures: {}, wrong: ['a message was lost'], broken: false };
const broken: Outcome = { judgement: check([]), figures: {}, wrong: ['a server did not start'], broken: true };

test('a clean run passes; without a control nothing is said of one', () => {
  const report = reportOf(one, clean, null);
  expect(report).toMatchObject({ case: 'F99', acked: 8, lost: 0, leaked: 0, exceptions: 0, kills: 6 });
  expect(report).toMatchObject({ verdict: 'pass', control: null, wrong: [] });
  expect(report).not.toHaveProperty('controlRun');
});

test('a run with a loss fails and says what was lost', () => {
  expect(reportOf(one, lossy, null)).toMatchObject({ lost: 8, verdict: 'fail', wrong: ['a message was lost'] });
});

test('a control that is harmed lets the case stand, and tells what it met', () => {
  expect(reportOf(one, clean, lossy)).toMatchObject({
    verdict: 'pass',
    control: 'failed',
    controlRun: { lost: 8, wrong: ['a message was lost'] },
  });
});

test('a control that is not harmed makes the case void', () => {
  expect(reportOf(one, clean, clean)).toMatchObject({ verdict: 'void', control: 'passed' });
});

test('so does a control that did not get through', () => {
  const report = reportOf(one, clean, broken);
  expect(report).toMatchObject({ verdict: 'void', control: null, controlRun: { wrong: ['a server did not start'] } });
  expect(report.wrong).toHaveLength(1);
});

test('a case that did not get through fails', () => {
  expect(reportOf(one, broken, null)).toMatchObject({ verdict: 'fail', acked: 0, wrong: ['a server did not start'] });
});
