import { performance } from 'node:perf_hooks';
import { MongoClient, type ClientSession, type Collection, type Db, type Document } from 'mongodb';
import { collectionOf, type CollectionSpec } from './collection-spec.ts';
import { conversations, type ConversationDocument } from './documents/conversations.ts';
import { members, type MemberDocument } from './documents/members.ts';
import { overlays, type OverlayDocument } from './documents/overlays.ts';
import { readModelPointer, type ReadModelPointerDocument } from './documents/read-model-pointer.ts';

/** The live collections of the read models that a rebuild can replace. */
export interface ReadModels {
  readonly conversations: Collection<ConversationDocument>;
  readonly members: Collection<MemberDocument>;
  readonly overlays: Collection<OverlayDocument>;
}

/** A reader may hold a pointer for this long; after a switch the projector waits twice as long. */
export const POINTER_AGE_MS = 1_000;

const FIRST_POINTER: Omit<ReadModelPointerDocument, 'switchedAt'> = {
  _id: 'current',
  conversations: conversations.name,
  members: members.name,
  overlays: overlays.name,
};

/** MongoDB as Parley uses it: every write by majority and journal, every read what a majority has. */
export class Database implements AsyncDisposable {
  readonly client: MongoClient;
  readonly db: Db;
  #models: { readonly at: number; readonly models: ReadModels } | undefined;

  constructor(client: MongoClient, name: string) {
    this.client = client;
    this.db = client.db(name);
  }

  /** @returns a spec's collection, under its own name or the name of a rebuilt copy. */
  collection<Shape extends Document>(spec: CollectionSpec<Shape>, name?: string): Collection<Shape> {
    return collectionOf(this.db, spec, name);
  }

  /** @returns the live read models, at most `POINTER_AGE_MS` old: ask anew for each query. */
  async readModels(): Promise<ReadModels> {
    const now = performance.now();
    if (!this.#models || now - this.#models.at >= POINTER_AGE_MS) {
      this.#models = { at: now, models: this.modelsOf(await this.readPointer()) };
    }
    return this.#models.models;
  }

  /** @returns the pointer document, which names the first collections until a rebuild has switched one. */
  async readPointer(session?: ClientSession): Promise<Omit<ReadModelPointerDocument, 'switchedAt'>> {
    const options = session ? { session } : {};
    return (await this.collection(readModelPointer).findOne({ _id: 'current' }, options)) ?? FIRST_POINTER;
  }

  /** @returns the collections that a pointer names. */
  modelsOf(pointer: Omit<ReadModelPointerDocument, 'switchedAt'>): ReadModels {
    return {
      conversations: this.collection(conversations, pointer.conversations),
      members: this.collection(members, pointer.members),
      overlays: this.collection(overlays, pointer.overlays),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/**
 * @param url MongoDB's address, with the database's name; without one it is `parley`.
 * @returns the database. The driver connects by itself and again after every outage; nothing is awaited here.
 */
export function openDatabase(url: string): Database {
  const client = new MongoClient(url, {
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    serverSelectionTimeoutMS: 3_000,
    maxPoolSize: 50,
    ignoreUndefined: true,
  });
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^/?]+)/.exec(url)?.[1];
  return new Database(client, name ?? 'parley');
}
