import type { ConversationId, KnownEvents } from '@parley/events';
import type { LogWork } from '@parley/events/log';
import type { Database } from '@parley/read-models';
import type { Projection } from '../projections/projection.ts';
import { PoisonError } from '../projector/decode-event.ts';
import { verifyArchive, verifyConversation, type ArchiveReport } from './archive-check.ts';
import { compare, type Comparison } from './compare.ts';
import { compareWithLog, type LogComparison } from './log-check.ts';
import { plainCollection } from './plain-collection.ts';
import { readPlaces, readStanding, sameStanding, type Standing } from './position.ts';
import { repairConversation } from './repair.ts';
import { Shadow } from './shadow.ts';
import { switchTo } from './switch-models.ts';

export interface RebuildReport {
  /** Read models equal what they are folded from, and that is whole as far as it was looked at. */
  readonly equal: boolean;
  readonly events: number;
  readonly seconds: number;
  readonly models: readonly Comparison[];
  /** What became of the archive's check, and of its newest part's comparison with the log; null where none was asked for. */
  readonly archive: ArchiveReport | null;
  readonly log: LogComparison | null;
  /** Whether the rebuilt collections are the live ones now. */
  readonly switched: boolean;
}

/** What a rebuild is asked for. */
export interface RebuildOptions {
  /** The archive is checked, and the rebuilt collections are dropped; else they become the live ones. */
  readonly verifyOnly: boolean;
  /** Where it is given, the newest part of a verified archive is compared with it. */
  readonly log?: Pick<LogWork, 'readLog'>;
  /** Other events than those that this program knows. */
  readonly known?: KnownEvents;
}

/** How often a rebuild begins anew: a conversation was parked or replayed, or another rebuild switched, while it ran. */
const ATTEMPTS = 3;

/**
 * Builds read models anew from the archive while traffic goes on, and compares them with the live ones at one position
 * for each partition: the checkpoints of one moment.
 * @throws when conversations keep being parked or replayed meanwhile, other rebuilds keep switching, or MongoDB is away.
 */
export async function rebuild(
  database: Database,
  projections: readonly Projection[],
  options: RebuildOptions,
): Promise<RebuildReport> {
  const begin = performance.now();
  const checked = options.verifyOnly ? await check(database, options.log) : { archive: null, log: null };
  const folded = await fold(database, projections, options).catch((error: unknown) => unfolded(error, checked));
  const seconds = (performance.now() - begin) / 1_000;
  return { ...folded, ...checked, equal: folded.equal && isWhole(checked), seconds };
}

/** The same for one conversation, of which the archive alone is checked: see `repairConversation`. */
export async function rebuildConversation(
  database: Database,
  projections: readonly Projection[],
  options: { readonly conversationId: ConversationId; readonly verifyOnly: boolean },
): Promise<RebuildReport> {
  const begin = performance.now();
  const { conversationId, verifyOnly } = options;
  const checked = { archive: verifyOnly ? await verifyConversation(database, conversationId) : null, log: null };
  const repaired = await repairConversation(database, projections, options).catch((error: unknown) =>
    unfolded(error, checked),
  );
  const isSame = repaired.models.every(({ differences }) => differences.length === 0);
  const seconds = (performance.now() - begin) / 1_000;
  return { ...repaired, ...checked, equal: isSame && isWhole(checked), switched: !verifyOnly, seconds };
}

type Checked = Pick<RebuildReport, 'archive' | 'log'>;

function isWhole({ archive, log }: Checked): boolean {
  return [archive?.broken, archive?.lost, log?.broken].every((found) => !found?.length);
}

/** What lacks an event may not even be foldable. @returns what stands for the outcome then; throws the error elsewhere. */
function unfolded(error: unknown, checked: Checked): Pick<RebuildReport, 'equal' | 'events' | 'models' | 'switched'> {
  if (isWhole(checked) || !(error instanceof PoisonError)) throw error;
  return { equal: false, events: 0, models: [], switched: false };
}

async function check(database: Database, log: RebuildOptions['log']) {
  const archive = await verifyArchive(database);
  return { archive, log: log ? await compareWithLog(log, database) : null };
}

async function fold(database: Database, projections: readonly Projection[], options: RebuildOptions) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    await using shadow = await Shadow.create(database, projections, options.known);
    const outcome = await attemptWith(database, shadow, options.verifyOnly);
    if (outcome) return outcome;
  }
  throw new Error(
    'Conversations were parked or replayed, or another rebuild switched, all the while: rebuild again when that is over.',
  );
}

async function attemptWith(database: Database, shadow: Shadow, verifyOnly: boolean) {
  const standing = await readStanding(database);
  let events = await shadow.foldTo(await readPlaces(database), standing);
  // The first pass takes long; what came meanwhile does not.
  events += await shadow.foldTo(await readPlaces(database), standing);
  const compared = await compareAtOneMoment(database, shadow, standing);
  if (!compared) return undefined;
  events += compared.events;
  const equal = compared.models.every(({ differences }) => differences.length === 0);
  const switched = !verifyOnly && (await switchTo(database, shadow, standing));
  return verifyOnly || switched ? { equal, events, models: compared.models, switched } : undefined;
}

/** @returns undefined when a conversation was parked or replayed since the fold began. */
async function compareAtOneMoment(database: Database, shadow: Shadow, standing: Standing) {
  return database.client.withSession({ snapshot: true }, async (session) => {
    const places = await readPlaces(database, session);
    if (!sameStanding(standing, await readStanding(database, session))) return undefined;
    const events = await shadow.foldTo(places, standing);
    const models: Comparison[] = [];
    for (const { name, live, shadow: rebuilt } of shadow.pairs()) {
      const sides = {
        live: { collection: plainCollection(live), session },
        rebuilt: { collection: plainCollection(rebuilt) },
      };
      models.push(await compare(name, sides));
    }
    return { events, models };
  });
}
