import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { atLeast, atMost, usualTopology, type BatteryCase, type Control } from './battery-case.ts';
import { check, isClean, type Judgement } from './checker/check.ts';
import { gatherCrowd, type Crowd, type CrowdSize } from './crowd.ts';
import { drain } from './drain.ts';
import { seconds, until, type Field, type Figures } from './field.ts';
import { latencies, rawDuplicates } from './load-figures.ts';
import { openPlace, type Place } from './place.ts';
import { readAfresh } from './fresh-read.ts';
import { recordDigests } from './rebuild-digest.ts';
import { Recorder } from './record.ts';
import { ResumeWatch } from './resume-watch.ts';
import { Sending } from './sending.ts';
import { recordArchive, recordLog, recordStays, type Stay } from './stores.ts';
import { TimelineWatch } from './timeline-watch.ts';

/** What one run of a case showed. `wrong`: everything that keeps it from passing, in words. */
export interface Outcome {
  readonly judgement: Judgement;
  readonly figures: Figures;
  readonly wrong: readonly string[];
  /** The battery itself did not get through, so nothing was judged. */
  readonly broken: boolean;
}

export interface RunOptions {
  readonly pace: number;
  /** Folder for the records, or null to keep none. */
  readonly records: string | null;
  /** Hears where the run is. */
  readonly tell: (phase: string) => void;
  /** Below 1, a smaller crowd that says less, to try the battery itself. */
  readonly size: number;
  /** By how much times may be longer than the cases say: 1 on a quiet machine. */
  readonly slow: number;
  /** Where links can be broken by hand; null for nowhere. */
  readonly linksPort: number | null;
}

/** 40 senders, 120 readers and 60 rooms at size 1. */
const crowdOf = (size: number): CrowdSize => {
  const senders = Math.ceil(20 * size) * 2;
  return { senders, readers: senders * 3, rooms: senders * 1.5 };
};
/** Seconds at pace 1. */
const phases = { warm: 10, steady: 20, recover: 30 };
/** A control may well never get there. */
const drainMs = { case: 120_000, control: 30_000 };
/** Of a hundred messages so many are acked in the end, and so many raw duplicates are allowed outside faults. */
const okShare = 99.9;
const rawDuplicateShare = 1;

/** Runs a case once. @returns its outcome, also where the battery itself did not get through: such a run is wrong. */
export async function runCase(one: BatteryCase, control: Control | null, options: RunOptions): Promise<Outcome> {
  try {
    return await runPhases(one, control, options);
  } catch (error) {
    const wrong = [error instanceof Error ? String(error.stack) : String(error)];
    return { judgement: check([]), figures: {}, wrong, broken: true };
  }
}

/** Warm, steady, fault, recover, drain, a last read by a fresh device, then the judgement. */
async function runPhases(one: BatteryCase, control: Control | null, options: RunOptions): Promise<Outcome> {
  const topology = { ...usualTopology, ...one.topology, ...control?.topology };
  const recorder = new Recorder(recordPath(one, control, options));
  await using place = await openPlace({ topology, control, recorder, linksPort: options.linksPort });
  options.tell('servers and processes are up');
  const crowd = await gatherCrowd(place.door, place.stack.setupCode, crowdOf(options.size));
  const watches = await watchEverybody(place, crowd, recorder);
  options.tell('everybody is in and begins to talk');
  const sending = new Sending(crowd, recorder, randomBytes(4).toString('hex'), topology.perSecond * options.size);
  const field: Field = {
    ...place,
    crowd,
    recorder,
    sending,
    pace: options.pace,
    size: options.size,
    slow: options.slow,
  };
  await seconds(field, phases.warm + phases.steady);
  options.tell('the fault');
  const resumes = new ResumeWatch(crowd);
  const stuck: string[] = [];
  const figures = await one.fault(field).catch((error: unknown): Figures => {
    stuck.push(String(error));
    return {};
  });
  options.tell('recovery');
  await seconds(field, phases.recover);
  options.tell('drain');
  sending.stop();
  stuck.push(...(await drain(field, control ? drainMs.control : drainMs.case)));
  for (const watch of watches) watch.finish();
  options.tell('last read, rebuild, judgement');
  await recordEverything(place, crowd, sending, recorder).catch((error: unknown) => stuck.push(String(error)));
  await recorder.close();
  const counted = { ...figures, ...sending.counts, ...latencies(recorder.lines), ...resumes.figures() };
  return outcomeOf(one, options.slow, recorder, { ...counted, ...rawDuplicates(recorder.lines) }, stuck);
}

function recordPath(one: BatteryCase, control: Control | null, { records }: RunOptions): string | null {
  return records === null ? null : join(records, `${one.id}${control ? '-control' : ''}.jsonl`);
}

function outcomeOf(
  one: BatteryCase,
  slow: number,
  recorder: Recorder,
  figures: Figures,
  stuck: readonly string[],
): Outcome {
  const judgement = check(recorder.lines);
  const found = isClean(judgement) ? [] : judgement.findings.slice(0, 20).map((finding) => finding.what);
  if (judgement.acked === 0) found.push('nothing was acked');
  const always = [
    ...atLeast(figures, 'okPercent', okShare),
    ...atMost(figures, 'rawDuplicatePercent', rawDuplicateShare),
  ];
  const wrong = [...stuck, ...always, ...(one.limits?.(figures, slow) ?? []), ...found];
  return { judgement, figures, wrong, broken: false };
}

/** Everybody looks at all of their conversations from the first message on, and the wire is listened to. */
async function watchEverybody({ tap }: Place, crowd: Crowd, recorder: Recorder): Promise<TimelineWatch[]> {
  const watches: TimelineWatch[] = [];
  for (const { conversationId, people, guest } of crowd.rooms)
    for (const { name, client } of [...people, guest]) {
      await until(`${name} sees the room`, 120_000, () =>
        client.conversations.some((row) => row.conversationId === conversationId),
      );
      await client.loadOlder(conversationId);
      watches.push(new TimelineWatch(recorder, name, client, conversationId, 'sender'));
    }
  tap.listen(idsOf(crowd), new Map(crowd.people.map(({ userId, name }) => [userId, name])));
  return watches;
}

const idsOf = (crowd: Crowd): ReadonlySet<string> => new Set(crowd.rooms.map((room) => room.conversationId));

async function recordEverything(place: Place, crowd: Crowd, sending: Sending, recorder: Recorder): Promise<void> {
  const { redis, mongo, door } = place;
  const ids = idsOf(crowd);
  recordSettled(crowd, recorder);
  recordReaders(crowd, sending, await recordStays(recorder, mongo.url, ids), recorder);
  await readAfresh(door, crowd, recorder);
  await Promise.all(crowd.people.map((person) => person.client.close()));
  await recordLog(recorder, redis.url, ids);
  await recordArchive(recorder, mongo.url, ids);
  await recordDigests(place.stack.env, { redis, mongo }, recorder);
}

/** Edits and reactions show no receipt: an empty outbox that did not fail says that they were acked. */
function recordSettled(crowd: Crowd, recorder: Recorder): void {
  const failed = new Set(
    crowd.people.flatMap(({ client }) => client.failed.map(({ command }): string => command.commandId)),
  );
  const undecided = crowd.people.some(({ client }) => client.waiting > 0);
  const known = new Set(
    recorder.lines.flatMap((line) => (line.kind === 'ok' || line.kind === 'fail' ? [line.op] : [])),
  );
  for (const line of [...recorder.lines]) {
    if (line.kind !== 'invoke') continue;
    const { op } = line;
    if (failed.has(op)) recorder.add({ kind: 'fail', op, reason: 'refused' });
    else if (!undecided) recorder.add({ kind: 'settled', op });
    else if (!known.has(op)) recorder.add({ kind: 'info', op, reason: 'undecided at the end' });
  }
}

/** Who stayed must have been shown everything; a guest that is in, everything since it came in last. */
function recordReaders(crowd: Crowd, sending: Sending, stays: ReadonlyMap<string, Stay>, recorder: Recorder): void {
  for (const room of crowd.rooms) {
    const { conversationId } = room;
    for (const { name, userId } of room.people) recorder.add({ kind: 'reader', reader: name, userId, conversationId });
    const { name, userId } = room.guest;
    const since = sending.isIn(room) ? stays.get(`${userId} ${conversationId}`)?.from : undefined;
    const from = since ?? Number.MAX_SAFE_INTEGER;
    recorder.add({ kind: 'reader', reader: name, userId, conversationId, from });
  }
}
