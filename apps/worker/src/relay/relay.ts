import { setTimeout as wait } from 'node:timers/promises';
import type { Partition } from '@parley/events';
import {
  LogTail,
  placeText,
  relayedEntries,
  RelayedFanOut,
  type LogHeads,
  type LogPlace,
  type TailRead,
} from '@parley/events/log';
import type { Logger } from '../logger.ts';

/** How often a relay asks for its lease, in milliseconds: well within what the lease lasts. */
const LEASE_EVERY_MS = 300;
const RETRY_MS = 200;

/** How far each partition is relayed, in one run of the log. */
interface Course {
  readonly run: string;
  readonly places: LogPlace[];
  /** Nobody enters before every partition is relayed up to `until`. */
  filling: { readonly token: string; readonly until: readonly LogPlace[] } | undefined;
}

/**
 * Writes what the log holds into a fan-out on a server of its own, in order and without a hole. Of all workers' relays the
 * one with the lease works; that two of them never write the same is the business of the fan-out's script.
 */
export class Relay implements AsyncDisposable {
  readonly #tail: LogTail;
  readonly #fanOut: RelayedFanOut;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #life: Promise<void>;
  #asking = false;
  #leads = false;
  #stopping = false;
  /** The log no longer holds what comes next: the fan-out has to be filled. */
  #broken = false;
  #told = '';

  constructor(urls: { readonly logUrl: string; readonly fanoutUrl: string }, logger: Logger) {
    this.#tail = new LogTail(urls.logUrl);
    this.#fanOut = new RelayedFanOut(urls.fanoutUrl);
    this.#logger = logger;
    this.#timer = setInterval(() => void this.#ask(), LEASE_EVERY_MS);
    this.#life = this.#live();
  }

  /** Finishes what is being written and gives the lease to whoever comes next. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    this.#tail.close();
    await this.#life;
    await this.#fanOut.release().catch(() => undefined);
    this.#fanOut.close();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    this.#leads = await this.#fanOut.lease().catch((error: unknown) => this.#tell(error));
    this.#asking = false;
  }

  async #live(): Promise<void> {
    while (!this.#stopping) {
      try {
        const course = this.#leads ? await this.#course() : undefined;
        if (course) await this.#follow(course);
        else await wait(RETRY_MS);
      } catch (error) {
        if (this.#goesOn()) this.#tell(error);
        await wait(RETRY_MS);
      }
    }
  }

  #goesOn(): boolean {
    return this.#leads && !this.#stopping;
  }

  /** @returns where to go on, or undefined while that can't be said. */
  async #course(): Promise<Course | undefined> {
    // The fan-out first: what the log says after it is never older.
    const { ready, run, places } = await this.#fanOut.state();
    const log = await this.#tail.heads();
    if (!log) return undefined;
    const known = ready && run === log.run && !this.#broken ? resumed(places, log) : undefined;
    return known ? { run, places: known, filling: undefined } : this.#fill(log);
  }

  /** The fan-out knows nothing of this run of the log, or too little. */
  async #fill(before: LogHeads): Promise<Course | undefined> {
    const token = await this.#fanOut.beginFilling();
    if (token === undefined) return undefined;
    this.#logger.info({ run: before.run }, 'The fan-out is filled from the log.');
    await this.#fanOut.forgetAll(token);
    for await (const users of this.#tail.hearing()) await this.#fanOut.fill(token, users);
    const after = await this.#tail.heads();
    if (after?.run !== before.run) return undefined;
    await this.#fanOut.endFilling(token, before);
    this.#broken = false;
    return { run: before.run, places: [...before.heads], filling: { token, until: after.heads } };
  }

  /** Relays until the log, the fan-out or the lease is another one. */
  async #follow(course: Course): Promise<void> {
    while (this.#goesOn()) {
      await this.#openWhenCaughtUp(course);
      const read = await this.#tail.next(course.places.map(({ n }) => n));
      this.#told = '';
      if (read.run !== course.run) return;
      const stands = read.entries.size > 0 ? await this.#write(course, read) : await this.#stands(course);
      if (!stands) return;
    }
  }

  async #openWhenCaughtUp(course: Course): Promise<void> {
    const { filling, places } = course;
    if (!filling?.until.every(({ n }, partition) => (places[partition]?.n ?? 0) >= n)) return;
    await this.#fanOut.open(filling.token);
    course.filling = undefined;
  }

  /** @returns whether all of it was written. */
  async #write(course: Course, { entries }: TailRead): Promise<boolean> {
    const written = Array.from(entries, async ([partition, found]) => this.#writeOne(course, partition, found));
    return (await Promise.all(written)).every(Boolean);
  }

  async #writeOne(course: Course, partition: Partition, found: Parameters<typeof relayedEntries>[1]): Promise<boolean> {
    const [first, last, from] = [found[0], found.at(-1), course.places[partition]];
    if (!first || !last || !from) return true;
    if (first.n !== from.n + 1 || last.n !== from.n + found.length) {
      this.#broken = true;
      this.#logger.warn({ partition, after: from.n }, 'The log was trimmed past what is relayed.');
      return false;
    }
    const to = { epoch: from.epoch, n: last.n };
    const filling = course.filling?.token ?? '';
    const entries = relayedEntries(from.epoch, found);
    const stood = await this.#fanOut.relay(partition, { from, to, entries, filling });
    if (stood) course.places[partition] = to;
    return stood;
  }

  /** With nothing to relay it would not show that the fan-out was emptied. */
  async #stands({ run, filling }: Course): Promise<boolean> {
    const state = await this.#fanOut.state();
    return state.run === run && (state.ready || filling !== undefined);
  }

  /** Each kind of fault once, until something was read again. */
  #tell(error: unknown): false {
    if (this.#told !== String(error)) {
      this.#told = String(error);
      this.#logger.warn({ err: error }, 'The relay to the fan-out stands; it is tried again.');
    }
    return false;
  }
}

/** @returns the stored places, or undefined when they are not of the log's present epochs. */
function resumed(stored: readonly string[], { heads }: LogHeads): LogPlace[] | undefined {
  const places = heads.map(({ epoch }, partition) => {
    const n = Number(stored[partition]?.slice(epoch.length + 1));
    return stored[partition] === placeText({ epoch, n }) ? { epoch, n } : undefined;
  });
  return places.includes(undefined) ? undefined : places.filter((place) => place !== undefined);
}
