import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { BatteryCase } from './battery-case.ts';
import { cases } from './cases/all-cases.ts';
import { reportOf, type Report } from './report.ts';
import { runCase, type Outcome } from './run-case.ts';

const usage = `npm run battery -- [${cases.map(({ id }) => id).join(' ')}] [--minutes M] [--control] [--pace P] [--size S] [--slow K] [--links-port N] [--records FOLDER] [--json]
Without a case all of them run but G13, which asks to be named. --control also runs each with its protection off and at half of the pace, which must
fail; a case whose control passes is void. --minutes: begin no case that would end after so long. --pace 0.5 halves every
wait, --size 0.5 the crowd and what it says; --slow 4 lets what a case times take four times as
long, on a machine that has other things to do. --links-port: break links by hand there while a case runs (README). --json: on stdout one JSON document in one line for each case, and nothing else.`;

/** A control has only to show its harm. */
const controlPace = 0.5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string' },
    control: { type: 'boolean', default: false },
    pace: { type: 'string', default: '1' },
    size: { type: 'string', default: '1' },
    slow: { type: 'string', default: '1' },
    'links-port': { type: 'string' },
    records: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const unknown = positionals.filter((id) => !cases.some((one) => one.id === id.toUpperCase()));
if (values.help || unknown.length > 0) {
  console.error(unknown.length > 0 ? `There is no case ${unknown.join(', ')}.\n${usage}` : usage);
  process.exit(values.help ? 0 : 2);
}
if (values.records !== undefined) await mkdir(values.records, { recursive: true });

const chosen = cases.filter(({ id, onRequest }) =>
  positionals.length === 0 ? onRequest !== true : positionals.some((name) => name.toUpperCase() === id),
);
const deadline = values.minutes === undefined ? Infinity : performance.now() + Number(values.minutes) * 60_000;
const reports: Report[] = [];
for (const one of chosen) {
  if (performance.now() + lasts(one) > deadline) {
    console.error(`${one.id} is left out: about ${Math.round(lasts(one) / 1_000)} s would be more than is left.`);
    continue;
  }
  const report = await runWithControl(one);
  reports.push(report);
  console.log(values.json ? JSON.stringify(report) : textOf(report));
}
// A case that was left out has not passed.
process.exit(reports.length === chosen.length && reports.every(({ verdict }) => verdict === 'pass') ? 0 : 1);

/** @returns about how many milliseconds a case takes, its control included. */
function lasts({ seconds }: BatteryCase): number {
  const { control, pace } = values;
  const fixed = 30;
  const once = fixed + (seconds - fixed) * Number(pace);
  const again = fixed + (seconds - fixed) * Number(pace) * controlPace;
  return (control ? once + again : once) * 1_000;
}

async function runWithControl(one: BatteryCase): Promise<Report> {
  const began = performance.now();
  const tell = (phase: string): void =>
    console.error(`  ${Math.round((performance.now() - began) / 1_000)} s  ${phase}`);
  const options = {
    pace: Number(values.pace),
    size: Number(values.size),
    slow: Number(values.slow),
    linksPort: values['links-port'] === undefined ? null : Number(values['links-port']),
    records: values.records ?? null,
    tell,
  };
  console.error(`${one.id}: ${one.title}`);
  const outcome = await runCase(one, null, options);
  tell(outcome.wrong.length === 0 ? 'nothing is wrong' : `wrong: ${outcome.wrong.slice(0, 5).join('; ')}`);
  let control: Outcome | null = null;
  if (values.control) {
    console.error(`${one.id}, without ${one.control.off}`);
    control = await runCase(one, one.control, { ...options, pace: options.pace * controlPace });
  }
  return reportOf(one, outcome, control);
}

function textOf({ case: id, verdict, control, wrong, ...rest }: Report): string {
  const figures = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    `${id}  ${verdict}${control === null ? '' : `, control ${control}`}`,
    `  ${figures.join('  ')}`,
    ...wrong.map((text) => `  - ${text}`),
  ].join('\n');
}
