import { PARTITIONS, type ConversationId } from '@parley/events';
import { idText, type Database, type EventDocument, type ReadModelName, type ReadModels } from '@parley/read-models';
import type { Projection } from '../projections/projection.ts';
import { applyAll } from '../projector/apply-events.ts';
import { isParked } from '../projector/batch.ts';
import { PoisonError } from '../projector/decode-event.ts';
import type { Standing } from './position.ts';
import { archivedEvents, projectedOf } from './archived-events.ts';

/** Events of one step: the fold keeps one row per conversation of a step, however many events it has. */
const CHUNK = 20_000;
/** Partitions folded at once: the database reads while this process folds. */
const AT_ONCE = 3;

/** Read models built anew from the archive, beside the live ones. */
export class Shadow {
  readonly #database: Database;
  readonly #projections: readonly Projection[];
  readonly #reached = new Map<number, number>();
  readonly #live: ReadModels;
  readonly suffix: string;
  readonly models: ReadModels;

  private constructor(database: Database, projections: readonly Projection[], live: ReadModels, suffix: string) {
    this.#database = database;
    this.#projections = projections;
    this.#live = live;
    this.suffix = suffix;
    const names = Object.fromEntries(projections.map(({ name }) => [name, name + suffix]));
    const nameOf = (name: ReadModelName): string => names[name] ?? live[name].collectionName;
    this.models = database.modelsOf({
      _id: 'current',
      conversations: nameOf('conversations'),
      members: nameOf('members'),
      overlays: nameOf('overlays'),
    });
  }

  /** Makes the empty collections. A read model that is not rebuilt is taken as it is. */
  static async create(database: Database, projections: readonly Projection[]): Promise<Shadow> {
    const live = database.modelsOf(await database.readPointer());
    const shadow = new Shadow(database, projections, live, `_${Date.now().toString(36)}`);
    await Promise.all(projections.map((projection) => projection.reset(database, projection.name + shadow.suffix)));
    return shadow;
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

  async drop(): Promise<void> {
    await Promise.all(this.#projections.map(({ name }) => this.#database.db.dropCollection(name + this.suffix)));
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
      moving.map((event) => projectedOf(event, partition)),
      this.models,
    );
    if (changes instanceof PoisonError) throw changes;
    for (const change of changes) await change.write(this.models, undefined);
  }
}

function outlineOf(event: EventDocument) {
  return projectedOf({ ...event, m: true }, 0).entry;
}
