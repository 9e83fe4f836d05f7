import type { KnownEvents } from '@parley/events';
import type { Database } from '@parley/read-models';
import type { Projection } from '../projections/projection.ts';
import { compare, type Comparison } from './compare.ts';
import { plainCollection } from './plain-collection.ts';
import { readPlaces, readStanding, sameStanding, type Standing } from './position.ts';
import { Shadow } from './shadow.ts';
import { switchTo } from './switch-models.ts';

export interface RebuildReport {
  readonly equal: boolean;
  readonly events: number;
  readonly seconds: number;
  readonly models: readonly Comparison[];
  /** Whether the rebuilt collections are the live ones now. */
  readonly switched: boolean;
}

/** How often a rebuild begins anew: a conversation was parked or replayed, or another rebuild switched, while it ran. */
const ATTEMPTS = 3;

/**
 * Builds read models anew from the archive while traffic goes on, and compares them with the live ones at one position
 * for each partition: the checkpoints of one moment.
 * @param options `verifyOnly`: the rebuilt collections are dropped; else they become the live ones.
 * @throws when conversations keep being parked or replayed meanwhile, other rebuilds keep switching, or MongoDB is away.
 */
export async function rebuild(
  database: Database,
  projections: readonly Projection[],
  options: { verifyOnly: boolean; known?: KnownEvents },
): Promise<RebuildReport> {
  const begin = performance.now();
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    await using shadow = await Shadow.create(database, projections, options.known);
    const outcome = await attemptWith(database, shadow, options.verifyOnly);
    if (outcome) return { ...outcome, seconds: (performance.now() - begin) / 1_000 };
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
