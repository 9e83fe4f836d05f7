import { atLeast, atMost, type BatteryCase } from '../battery-case.ts';
import { fault, seconds, until, type Field } from '../field.ts';
import { cutJournal, traceMongod } from '../journal-cut.ts';
import { JournaledWrites } from '../journaled-writes.ts';
import { checkpointsNow, eventsBetween, openTransactions } from '../projection-state.ts';
import { acks, undecided } from '../decisions.ts';
import { untilProjected } from '../stores.ts';
import { killTraced } from '../traced.ts';

const cuts = 3;
/** A message that was asked for so long ago, in milliseconds, waits for something. */
const ackPatienceMs = 2_000;
const projectLimitMs = 60_000;
const primaryLimitMs = 60_000;

/** MongoDB loses power in the middle of batches. Sends go on; nothing is projected twice or not at all. */
export const f07: BatteryCase = {
  id: 'F07',
  seconds: 140,
  title: 'power cut of mongod mid-batch: killed, its journal cut to what was synced, restarted after 5 s, 3 times',
  topology: { mongoUnder: traceMongod },
  fault: async (field) => {
    const refusedBefore = failures(field);
    const struck: Struck[] = [];
    for (let count = 0; count < cuts; count += 1) struck.push(await powerCut(field));
    return {
      sendsRefused: failures(field) - refusedBefore,
      sendsAckedWhileAway: sum(struck.map((one) => one.ackedAway)),
      sendsWaiting: sum(struck.map((one) => one.waiting)),
      midBatch: sum(struck.map((one) => one.midBatch)),
      reapplied: sum(struck.map((one) => one.reapplied)),
      projectedAfterMs: Math.max(...struck.map((one) => one.projectedAfterMs)),
      mongoAcked: sum(struck.map((one) => one.acked)),
      mongoAckedGone: sum(struck.map((one) => one.gone)),
      cutBytes: sum(struck.map((one) => one.cutBytes)),
    };
  },
  limits: (figures, slow) => [
    ...atMost(figures, 'sendsRefused', 0),
    ...atMost(figures, 'sendsWaiting', 0),
    ...atLeast(figures, 'sendsAckedWhileAway', 1),
    ...atLeast(figures, 'midBatch', cuts),
    ...atMost(figures, 'projectedAfterMs', 10_000 * slow),
    ...atMost(figures, 'mongoAckedGone', 0),
    ...atLeast(figures, 'mongoAcked', 1),
  ],
  control: {
    off: 'the checkpoint in the transaction of its batch',
    mutations: [
      {
        file: 'apps/worker/src/projector/commit-lanes.ts',
        find: '      const fences = await inTransaction(this.session, () => this.#write(group));',
        replace: `      const moves = group.map(moveOf);
      const fences = await inTransaction(this.session, () => moveCheckpoints(this.#database, moves, this.session));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await inTransaction(this.session, () => this.#write(group));`,
      },
      {
        file: 'apps/worker/src/projector/commit-lanes.ts',
        find: '    return moveCheckpoints(database, group.map(moveOf), session);\n',
        replace: '    return [];\n',
      },
    ],
    harmed: (judgement) => judgement.lost > 0,
  },
};

interface Struck {
  /** 1 where a transaction was open at the kill. */
  readonly midBatch: number;
  /** Messages acked while MongoDB was away, and those that were asked for meanwhile and still waited at its return. */
  readonly ackedAway: number;
  readonly waiting: number;
  /** Events whose projection showed before the kill and was gone after it: they are projected again. */
  readonly reapplied: number;
  /** Milliseconds from MongoDB's start until everything is projected. */
  readonly projectedAfterMs: number;
  /** Writes of the battery's own, by majority and journal, and how many of them were lost. */
  readonly acked: number;
  readonly gone: number;
  readonly cutBytes: number;
}

async function powerCut(field: Field): Promise<Struck> {
  const writes = new JournaledWrites(field.mongo.url);
  await seconds(field, 2);
  const cut = await fault(field, 'power cut of mongod', async () => {
    const before = await checkpointsNow(field.mongo.url);
    const midBatch = await killMidBatch(field);
    const ackedBefore = acks(field.recorder.lines);
    const cutBytes = await cutJournal(field.mongo, field.folder);
    await seconds(field, 5);
    const away = {
      ackedAway: acks(field.recorder.lines) - ackedBefore,
      waiting: undecided(field.recorder.lines, ackPatienceMs * field.slow),
    };
    await field.mongo.restart();
    const reapplied = eventsBetween(before, await checkpointsAgain(field));
    return { midBatch, cutBytes, reapplied, ...away };
  });
  const projectedAfterMs = await untilProjected(field, projectLimitMs).catch(() => projectLimitMs);
  await writes.stop();
  return { projectedAfterMs, acked: writes.acked, gone: await writes.gone(), ...cut };
}

/**
 * A slow link holds batches open, so that the cut falls into one.
 * @returns 1 where one was open.
 */
async function killMidBatch({ links, mongo }: Field): Promise<number> {
  await links.worker.mongo.latency(100);
  try {
    const open = async (): Promise<boolean> => (await openTransactions(mongo.url)).length > 0;
    const isOpen = await until('a batch is under way', 20_000, open).then(
      () => true,
      () => false,
    );
    await killTraced(mongo);
    return isOpen ? 1 : 0;
  } finally {
    await links.worker.mongo.heal();
  }
}

/** Traced, and beside everything else, MongoDB may take a while until it is primary again. */
async function checkpointsAgain({ mongo }: Field): Promise<ReadonlyMap<number, number>> {
  let found: ReadonlyMap<number, number> | undefined;
  await until('MongoDB answers again', primaryLimitMs, async () => {
    found = await checkpointsNow(mongo.url).catch(() => undefined);
    return found !== undefined;
  });
  return found ?? new Map();
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function failures({ recorder }: Field): number {
  return recorder.lines.filter((line) => line.kind === 'fail').length;
}
