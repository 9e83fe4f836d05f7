import { atLeast, atMost, type BatteryCase } from '../battery-case.ts';
import { fault, seconds, until, type Field } from '../field.ts';
import type { RecordLine } from '../record.ts';
import { isMessage } from '../decisions.ts';

/** The link between the nodes and their log breaks in each way that links break. */
export const f13: BatteryCase = {
  id: 'F13',
  seconds: 150,
  title: 'api to the log Redis: cut 5 s, black hole 20 s, replies dropped 20 s',
  fault: async (field) => {
    const cut = await breakLink(field, 'the link is cut', 5, () => field.links.api.log.cut());
    const hole = await breakLink(field, 'the link is a black hole', 20, () => field.links.api.log.blackhole());
    const mute = await breakLink(field, 'replies are dropped', 20, () => field.links.api.log.dropReplies());
    return {
      ...{ infoAtCut: cut.info, infoAtBlackhole: hole.info, infoAtDrop: mute.info },
      ...{ decidedAfterCutMs: cut.tookMs, decidedAfterBlackholeMs: hole.tookMs, decidedAfterDropMs: mute.tookMs },
    };
  },
  limits: (figures, slow) => [
    // Where nothing was undecided, nothing was tried.
    ...atLeast(figures, 'infoAtBlackhole', 1),
    ...atLeast(figures, 'infoAtDrop', 1),
    ...atMost(figures, 'decidedAfterCutMs', 5_000 * slow),
    ...atMost(figures, 'decidedAfterBlackholeMs', 5_000 * slow),
    ...atMost(figures, 'decidedAfterDropMs', 5_000 * slow),
  ],
  control: {
    off: 'receipts (deduplication)',
    mutations: [
      {
        file: 'packages/events/src/log/lua/append.lua',
        find: '  if not stored then return nil end',
        replace: '  if true then return nil end',
      },
    ],
    harmed: (judgement) => judgement.duplicated > 0,
  },
};

interface Broken {
  /** Messages that were undecided when the link was whole again. */
  readonly info: number;
  /** Milliseconds from then until all of them were decided. */
  readonly tookMs: number;
}

async function breakLink(field: Field, what: string, forSeconds: number, act: () => Promise<void>): Promise<Broken> {
  await fault(field, what, async () => {
    await act();
    await seconds(field, forSeconds);
    await field.links.api.log.heal();
  });
  const { lines } = field.recorder;
  const open = new Set(lines.flatMap((line) => (line.kind === 'invoke' && isMessage(line.value) ? [line.op] : [])));
  const decide = (line: RecordLine): void => {
    if (line.kind === 'ok' || line.kind === 'fail') open.delete(line.op);
  };
  lines.forEach(decide);
  const info = open.size;
  let looked = lines.length;
  const took = await until('everything sent before is decided', 60_000, () => {
    for (; looked < lines.length; looked += 1) lines.slice(looked, looked + 1).forEach(decide);
    return open.size === 0;
  });
  await seconds(field, 3);
  return { info, tookMs: Math.round(took) };
}
