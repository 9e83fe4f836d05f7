import { PARTITIONS, type ConversationId } from '@parley/events';
import {
  archiveHeads,
  eventKey,
  events,
  GREATEST_SEQ,
  idBinary,
  readLineage,
  type ArchiveHeadDocument,
  type Database,
} from '@parley/read-models';
import type { Binary } from 'mongodb';
import { epochsOf } from '../projector/epochs.ts';
import { ConversationCheck, type BrokenEvent } from './conversation-check.ts';
import { readLetters, type Letters } from './letters.ts';
import { lostPlaces, type LostPlace } from './lost-places.ts';
import { readPlaces } from './position.ts';

/** What was found in the archive. It is whole where nothing is broken and nothing lost. */
export interface ArchiveReport {
  readonly archived: number;
  readonly broken: readonly BrokenEvent[];
  readonly lost: readonly LostPlace[];
  /** Events behind holes that the log itself had and that dead letters tell of: no chain binds them. */
  readonly unchained: number;
  /** Events of which the archive has the commitment alone, in place of what they said. */
  readonly erased: number;
}

/** Conversations of one step. */
const HEADS = 200;
/** Steps at once: the database reads while this process hashes. */
const AT_ONCE = 3;

/**
 * Checks the whole archive against its own records, while traffic goes on: each conversation is dense and chained up to its
 * head, and each partition has an event, or an entry that was archived raw and has a dead letter, at every place up to its
 * checkpoint.
 * @returns what is missing or altered, in order. Rejects when MongoDB is away.
 */
export async function verifyArchive(database: Database): Promise<ArchiveReport> {
  const { known, scan } = await begin(database);
  const ranges = headRanges(database);
  const work = async (): Promise<void> => {
    for await (const range of ranges) await scan.check(range);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const { places, letters } = known;
  const lost = await lostPlaces(database, { places, counts: scan.counts, letters: letters.places });
  return { ...scan.report(), lost };
}

/** The same for one conversation. The places of its partition, which it shares, are not counted. */
export async function verifyConversation(database: Database, id: ConversationId): Promise<ArchiveReport> {
  const { scan } = await begin(database);
  const head = await database.collection(archiveHeads).findOne({ _id: idBinary(id) });
  const keys = { $gte: eventKey(id, 0), $lte: eventKey(id, GREATEST_SEQ) };
  await scan.check({ keys, heads: head ? [head] : [] });
  return { ...scan.report(), lost: [] };
}

/** What the database says of the archive. */
interface Known {
  readonly places: ReadonlyMap<number, number>;
  readonly letters: Letters;
  /** Of each partition, the epoch of a place. */
  readonly epochs: ReadonlyMap<number, ReturnType<typeof epochsOf>>;
}

async function begin(database: Database): Promise<{ known: Known; scan: ArchiveScan }> {
  // First of all: whatever lies before these places has its head, its epoch and is archived when it is looked for.
  const places = await readPlaces(database);
  const epochs = new Map<number, ReturnType<typeof epochsOf>>();
  for (const partition of places.keys()) epochs.set(partition, epochsOf(await readLineage(database, partition)));
  const known = { places, epochs, letters: await readLetters(database) };
  return { known, scan: new ArchiveScan(database, known) };
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
  readonly #known: Known;
  readonly #broken: BrokenEvent[] = [];
  #archived = 0;
  #unchained = 0;
  #erased = 0;
  /** Of each partition, how many events lie before its checkpoint. */
  readonly counts = Array.from({ length: PARTITIONS }, () => 0);

  constructor(database: Database, known: Known) {
    this.#database = database;
    this.#known = known;
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
      const place = this.#known.places.get(event.p) ?? 0;
      if (event.n >= 1 && event.n <= place) this.counts[event.p] = (this.counts[event.p] ?? 0) + 1;
    }
    this.#end(current?.check);
    for (const [id, head] of awaited) this.#end(this.#begin(id, head));
  }

  report(): Omit<ArchiveReport, 'lost'> {
    const broken = this.#broken.sort((a, b) => compareText(a.conversationId, b.conversationId) || a.seq - b.seq);
    return { archived: this.#archived, broken, unchained: this.#unchained, erased: this.#erased };
  }

  #begin(id: string, head: ArchiveHeadDocument | undefined): ConversationCheck {
    const { places, letters, epochs } = this.#known;
    return new ConversationCheck(Buffer.from(id, 'hex'), {
      head,
      placeOf: (partition) => places.get(partition) ?? 0,
      isHoleBefore: (seq) => letters.seqs.has(`${id}:${seq}`),
      epochAt: (partition, n) => epochs.get(partition)?.(n),
    });
  }

  #end(check: ConversationCheck | undefined): void {
    if (!check) return;
    check.end();
    for (const broken of check.broken) this.#broken.push(broken);
    this.#unchained += check.unchained;
    this.#erased += check.erased;
  }
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
