import { PARTITIONS, type ConversationId, type KnownEvents } from '@parley/events';
import {
  idText,
  readModelNames,
  readModelPointer,
  type Database,
  type EventDocument,
  type ReadModelName,
  type ReadModels,
} from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import type { Projection } from '../projections/projection.ts';
import { applyAll } from '../projector/apply-events.ts';
import { isParked } from '../projector/batch.ts';
import { PoisonError } from '../projector/decode-event.ts';
import { writeChanges } from '../projector/write-changes.ts';
import type { Standing } from './position.ts';
import { archivedEvents, projectedOf } from './archived-events.ts';
import { ShadowLease } from './shadow-lease.ts';

/** Events of one step: the fold keeps one row per conversation of a step, however many events it has. */
const CHUNK = 20_000;
/** Partitions folded at once: the database reads while this process folds. */
const AT_ONCE = 3;

/** What the names of the copies end in, what keeps them from being dropped, and what is folded into them. */
interface Held {
  readonly suffix: string;
  readonly lease: ShadowLease;
  readonly known: KnownEvents | undefined;
}

/** Read models built anew from the archive, beside the live ones. Those that have not become live go with it. */
export class Shadow implements AsyncDisposable {
  readonly #database: Database;
  readonly #projections: readonly Projection[];
  readonly #reached = new Map<number, number>();
  readonly #live: ReadModels;
  readonly #suffix: string;
  readonly #lease: ShadowLease;
  readonly #known: KnownEvents | undefined;
  readonly models: ReadModels;

  private constructor(database: Database, projections: readonly Projection[], live: ReadModels, held: Held) {
    const { suffix, lease, known } = held;
    this.#database = database;
    this.#projections = projections;
    this.#live = live;
    this.#suffix = suffix;
    this.#lease = lease;
    this.#known = known;
    const names = Object.fromEntries(projections.map(({ name }) => [name, name + suffix]));
    const nameOf = (name: ReadModelName): string => names[name] ?? live[name].collectionName;
    this.models = database.modelsOf({
      _id: 'current',
      conversations: nameOf('conversations'),
      members: nameOf('members'),
      overlays: nameOf('overlays'),
    });
  }

  /**
   * Makes the empty collections. A read model that is not rebuilt is taken as it is.
   * @param known other events than those that this program knows.
   */
  static async create(database: Database, projections: readonly Projection[], known?: KnownEvents): Promise<Shadow> {
    const live = database.modelsOf(await database.readPointer());
    const suffix = `_${Date.now().toString(36)}`;
    const lease = await ShadowLease.take(database, suffix);
    const shadow = new Shadow(database, projections, live, { suffix, lease, known });
    try {
      await Promise.all(projections.map((projection) => projection.reset(database, projection.name + suffix)));
      return shadow;
    } catch (error) {
      await shadow[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @returns the live and the new collection of each rebuilt read model. */
  pairs() {
    return this.#projections.map(({ name }) => ({ name, live: this.#live[name], shadow: this.models[name] }));
  }

  /** Folds the archive up to these places, one for each partition. @returns how many events it took. */
  async foldTo(places: ReadonlyMap<number, number>, standing: Standing): Promise<number> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition).values();
    let folded = 0;
    const fold = async (): Promise<void> => {
      for (const partition of partitions) {
        const taken = await this.#fold(partition, places.get(partition) ?? 0, standing);
        folded += taken;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fold));
    return folded;
  }

  /**
   * Makes the copies the live ones, in the transaction of the switch.
   * @returns false when the live ones are not those any more that they were made beside. Throws when the copies are gone.
   */
  async becomeLive(session: ClientSession): Promise<boolean> {
    const pointer = await this.#database.readPointer(session);
    if (readModelNames.some((name) => pointer[name] !== this.#live[name].collectionName)) return false;
    const held = await this.#lease.end(session);
    if (!held) throw new Error('The rebuild stood still for too long and its copies were dropped: rebuild again.');
    const names = Object.fromEntries(readModelNames.map((name) => [name, this.models[name].collectionName]));
    await this.#database
      .collection(readModelPointer)
      .updateOne({ _id: 'current' }, { $set: names, $currentDate: { switchedAt: true } }, { session, upsert: true });
    return true;
  }

  /** Drops the copies, unless they have become live, also by a switch whose answer never came: it took the lease. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#lease.stop();
    if (!(await this.#lease.end())) return;
    await Promise.all(this.#projections.map(({ name }) => this.#database.db.dropCollection(name + this.#suffix)));
  }

  async #fold(partition: number, to: number, standing: Standing): Promise<number> {
    const after = this.#reached.get(partition) ?? 0;
    if (to <= after) return 0;
    let folded = 0;
    for await (const chunk of archivedEvents(this.#database, { partition, after, to }, CHUNK)) {
      await this.#apply(chunk, partition, standing);
      folded += chunk.length;
    }
    this.#reached.set(partition, to);
    return folded;
  }

  async #apply(chunk: readonly EventDocument[], partition: number, standing: Standing): Promise<void> {
    const moving = chunk.filter((event) => {
      const from = standing.size === 0 ? undefined : standing.get(idText<ConversationId>(event._id));
      return from === undefined || !isParked(standing, outlineOf(event));
    });
    const changes = await applyAll(
      this.#projections,
      moving.map((event) => projectedOf(event, partition, this.#known)),
      this.models,
    );
    if (changes instanceof PoisonError) throw changes;
    await writeChanges(this.#projections, this.models, [changes]);
  }
}

function outlineOf(event: EventDocument) {
  return projectedOf({ ...event, m: true }, 0).entry;
}
