import { PARTITIONS, type ConversationId } from '@parley/events';
import {
  archiveHeads,
  deadLetters,
  eventKey,
  events,
  idBinary,
  rawEntries,
  type ArchiveHeadDocument,
  type Database,
} from '@parley/read-models';
import type { Binary } from 'mongodb';
import { ConversationCheck, type BrokenEvent } from './conversation-check.ts';
import { readPlaces } from './position.ts';

/** A place of the log, up to its checkpoint, of which the archive has nothing. */
export interface LostPlace {
  readonly partition: number;
  readonly n: number;
}

/** What was found in the archive. It is whole where nothing is broken and nothing lost. */
export interface ArchiveReport {
  readonly archived: number;
  readonly broken: readonly BrokenEvent[];
  readonly lost: readonly LostPlace[];
  /** Events behind holes that the log itself had and that dead letters tell of: no chain binds them. */
  readonly unchained: number;
}

/** Conversations of one step. */
const HEADS = 200;
/** Steps at once: the database reads while this process hashes. */
const AT_ONCE = 3;
const GREATEST_SEQ = 2 ** 48 - 1;

/**
 * Checks the whole archive against its own records, while traffic goes on: each conversation is dense and chained up to its
 * head, and each partition has an event, or an entry that was archived raw, at every place up to its checkpoint.
 * @returns what is missing or altered, in order. Rejects when MongoDB is away.
 */
export async function verifyArchive(database: Database): Promise<ArchiveReport> {
  // First of all: whatever lies before these places has its head and is archived when it is looked for.
  const places = await readPlaces(database);
  const scan = new ArchiveScan(database, places, await readLetters(database));
  const ranges = headRanges(database);
  const work = async (): Promise<void> => {
    for await (const range of ranges) await scan.check(range);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { ...scan.report(), lost: await lostPlaces(database, places, scan.counts) };
}

/** The same for one conversation. The places of its partition, which it shares, are not counted. */
export async function verifyConversation(database: Database, id: ConversationId): Promise<ArchiveReport> {
  const scan = new ArchiveScan(database, await readPlaces(database), await readLetters(database));
  const head = await database.collection(archiveHeads).findOne({ _id: idBinary(id) });
  const keys = { $gte: eventKey(id, 0), $lte: eventKey(id, GREATEST_SEQ) };
  await scan.check({ keys, heads: head ? [head] : [] });
  return { ...scan.report(), lost: [] };
}

/** Part of the archive: keys that follow each other, and the heads of all conversations that should be there. */
interface Range {
  readonly keys: { readonly $gt?: Binary; readonly $gte?: Binary; readonly $lte?: Binary };
  readonly heads: readonly ArchiveHeadDocument[];
}

/** Cuts the archive into ranges, at the conversations that have a head. Those without one lie in between. */
async function* headRanges(database: Database): AsyncGenerator<Range> {
  let heads: ArchiveHeadDocument[] = [];
  let after: Binary | undefined;
  for await (const head of database.collection(archiveHeads).find().sort({ _id: 1 })) {
    heads.push(head);
    if (heads.length < HEADS) continue;
    const upTo = eventKey(head._id.buffer, GREATEST_SEQ);
    yield { keys: { ...(after ? { $gt: after } : {}), $lte: upTo }, heads };
    [heads, after] = [[], upTo];
  }
  yield { keys: after ? { $gt: after } : {}, heads };
}

class ArchiveScan {
  readonly #database: Database;
  readonly #places: ReadonlyMap<number, number>;
  readonly #letters: ReadonlySet<string>;
  readonly #broken: BrokenEvent[] = [];
  #archived = 0;
  #unchained = 0;
  /** Of each partition, how many events lie before its checkpoint. */
  readonly counts = Array.from({ length: PARTITIONS }, () => 0);

  constructor(database: Database, places: ReadonlyMap<number, number>, letters: ReadonlySet<string>) {
    this.#database = database;
    this.#places = places;
    this.#letters = letters;
  }

  /** Checks the conversations of a range. */
  async check({ keys, heads }: Range): Promise<void> {
    const awaited = new Map(heads.map((head) => [head._id.toString('hex'), head]));
    const filter = Object.keys(keys).length > 0 ? { _id: keys } : {};
    const found = this.#database
      .collection(events)
      .find(filter, { batchSize: 1_000, enableUtf8Validation: false })
      .sort({ _id: 1 });
    let current: { readonly id: string; readonly check: ConversationCheck } | undefined;
    for await (const event of found) {
      const id = event._id.toString('hex').slice(0, 32);
      if (current?.id !== id) {
        this.#end(current?.check);
        current = { id, check: this.#begin(id, awaited.get(id)) };
        awaited.delete(id);
      }
      current.check.take(event);
      this.#archived += 1;
      const place = this.#places.get(event.p) ?? 0;
      if (event.n >= 1 && event.n <= place) this.counts[event.p] = (this.counts[event.p] ?? 0) + 1;
    }
    this.#end(current?.check);
    for (const [id, head] of awaited) this.#end(this.#begin(id, head));
  }

  report(): Omit<ArchiveReport, 'lost'> {
    const broken = this.#broken.sort((a, b) => compareText(a.conversationId, b.conversationId) || a.seq - b.seq);
    return { archived: this.#archived, broken, unchained: this.#unchained };
  }

  #begin(id: string, head: ArchiveHeadDocument | undefined): ConversationCheck {
    return new ConversationCheck(Buffer.from(id, 'hex'), {
      head,
      placeOf: (partition) => this.#places.get(partition) ?? 0,
      isHoleBefore: (seq) => this.#letters.has(`${id}:${seq}`),
    });
  }

  #end(check: ConversationCheck | undefined): void {
    if (!check) return;
    check.end();
    this.#broken.push(...check.broken);
    this.#unchained += check.unchained;
  }
}

/** @returns the places of all dead letters, as `conversation:seq`. */
async function readLetters(database: Database): Promise<Set<string>> {
  const found = database
    .collection(deadLetters)
    .find({ conversation: { $exists: true } }, { projection: { conversation: 1, seq: 1 } });
  const letters = new Set<string>();
  for await (const { conversation, seq } of found) letters.add(`${conversation?.toString('hex')}:${seq ?? 0}`);
  return letters;
}

/** A partition's log is dense over all of its epochs, and so must be the archive. Keys are unique: it is enough to count. */
async function lostPlaces(
  database: Database,
  places: ReadonlyMap<number, number>,
  counts: readonly number[],
): Promise<LostPlace[]> {
  const lost: LostPlace[] = [];
  for (const [partition, place] of places) {
    const range = { p: partition, n: { $gte: 1, $lte: place } };
    const raw = await database.collection(rawEntries).countDocuments(range);
    if ((counts[partition] ?? 0) + raw === place) continue;
    const there = new Set<number>();
    for (const spec of [events, rawEntries] as const) {
      const found = database.db.collection(spec.name).find(range, { projection: { _id: 0, n: 1 } });
      for await (const { n } of found) there.add(Number(n));
    }
    for (let n = 1; n <= place; n += 1) if (!there.has(n)) lost.push({ partition, n });
  }
  return lost.sort((a, b) => a.partition - b.partition || a.n - b.n);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
