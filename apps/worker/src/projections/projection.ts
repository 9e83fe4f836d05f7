import type { ParleyEvent, UserId } from '@parley/events';
import type { LogEntry } from '@parley/events/log';
import {
  ensureCollection,
  type CollectionSpec,
  type Database,
  type ReadModelName,
  type ReadModels,
} from '@parley/read-models';
import type { Update } from '../projector/bulk-write.ts';

/** What read models need of every event, whatever it says. */
export type EventOutline = Pick<LogEntry, 'n' | 'v' | 'type' | 'conversationId' | 'seq' | 'at'> & {
  readonly actor: { readonly userId: UserId };
};

/** An event on its way into the read models. `decoded` may be missing for a plain message: nobody folds its content. */
export interface ProjectedEvent {
  readonly entry: EventOutline;
  readonly partition: number;
  readonly decoded: ParleyEvent | undefined;
}

/**
 * What one batch of events changes in one read model. Changes are set, never added to what is there: the same events
 * once more change nothing.
 */
export interface Changes {
  /** Reads what the batch's events build on. Called once, before `apply`. */
  prepare(models: ReadModels, events: readonly ProjectedEvent[]): Promise<void>;
  /** Takes in one event, whole or, when it throws, not at all. */
  apply(event: ProjectedEvent): void;
  /** @returns the collection's writes. */
  updates(): readonly Update[];
}

/** One read model: its name, the version of its rules, the events it is made of. */
export interface Projection {
  readonly name: ReadModelName;
  readonly version: number;
  readonly handles: ReadonlySet<string>;
  /** @returns an empty set of changes. */
  begin(): Changes;
  /** Makes an empty collection of that name for it, with validator and indexes; what was there is gone. */
  reset(database: Database, collection: string): Promise<void>;
}

/** @returns the `reset` of a read model that a spec describes. */
export function resetOf<Shape extends object>(spec: CollectionSpec<Shape>): Projection['reset'] {
  return async (database, collection) => {
    await database.db.dropCollection(collection);
    await ensureCollection(database.db, spec, collection);
  };
}
