import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Measured } from './goal.ts';
import { machine } from './machine.ts';
import { a6 } from './workloads/a6.ts';
import { p1 } from './workloads/p1.ts';
import { p2 } from './workloads/p2.ts';
import { p3 } from './workloads/p3.ts';
import { p4 } from './workloads/p4.ts';
import { p5 } from './workloads/p5.ts';
import { p6 } from './workloads/p6.ts';
import { p9 } from './workloads/p9.ts';
import { start } from './workloads/start.ts';

const workloads: Readonly<Record<string, (scale: number) => Promise<Measured>>> = {
  P1: p1,
  P2: p2,
  P3: p3,
  P4: p4,
  P5: p5,
  P6: p6,
  P9: p9,
  A6: a6,
  start,
};
const results = new URL('../results/', import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    // P3 to P6 with so many times the events, messages or clients: to see that they run. Not kept as a result.
    scale: { type: 'string', default: '1' },
  },
});
const wanted = Object.keys(workloads).filter((name) => positionals.length === 0 || positionals.includes(name));
const unknown = positionals.filter((name) => !(name in workloads));
if (unknown.length > 0) {
  console.error(`There is no workload ${unknown.join(', ')}. Choose from ${Object.keys(workloads).join(', ')}.`);
  process.exit(2);
}

const scale = Number(values.scale);
const measured: Record<string, Measured> = {};
const broken: string[] = [];
for (const name of wanted) {
  const workload = workloads[name];
  if (!workload) continue;
  console.error(`${name} …`);
  try {
    measured[name] = await workload(scale);
    console.error(textOf(name, measured[name]));
  } catch (error) {
    // One that breaks takes nothing from the others.
    broken.push(name);
    console.error(error);
  }
}
const result = { ...measured, machine: await machine() };
if (scale === 1) {
  await mkdir(results, { recursive: true });
  const file = `${new Date().toISOString().replaceAll(':', '').slice(0, 17)}.json`;
  await writeFile(new URL(file, results), `${JSON.stringify(result, null, 2)}\n`);
}
if (values.json) console.log(JSON.stringify(result));
else for (const [name, one] of Object.entries(measured)) console.log(textOf(name, one));
if (broken.length > 0) console.error(`Not measured, see above: ${broken.join(', ')}.`);
process.exit(broken.length > 0 ? 1 : 0);

/** Ratios first: they travel to other machines, the absolute values don't. */
function textOf(name: string, { value, unit, ratios, goal, met, detail }: Measured): string {
  const compared = Object.entries(ratios).map(([baseline, ratio]) => `${ratio} × ${baseline}`);
  const head = [name.padEnd(5), compared.join(', '), `${value} ${unit}`, metText(met), `(${goal})`];
  return `${head.filter((part) => part !== '').join('  ')}\n      ${JSON.stringify(detail)}`;
}

function metText(met: Measured['met']): string {
  if (met === null) return 'goal not measured whole';
  return met ? 'goal met' : 'goal missed';
}
