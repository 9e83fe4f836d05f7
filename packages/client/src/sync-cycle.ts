import { backOff } from './back-off.ts';
import type { CatchUp } from './catch-up.ts';
import type { Connection } from './connection/connection.ts';
import type { Outbox } from './outbox/outbox.ts';
import { asRefusalError } from './refusals.ts';

/** First and longest pause between questions how far acked commands are archived. */
const ARCHIVED_MS = 2_000;
const ARCHIVED_LONGEST_MS = 60_000;
const AGAIN_MS = 200;

/**
 * When to catch up: on every connect, whenever something is missing, again after a failure, and now and then while
 * acked commands are not known to be archived. Calls `up` when a new connection is synced: only then may the outbox
 * send, for the log may have gone back in time meanwhile.
 */
export class SyncCycle {
  readonly #catchUp: CatchUp;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #up: () => void;
  #again: ReturnType<typeof setTimeout> | undefined;
  #archived: ReturnType<typeof setTimeout> | undefined;
  #archivedIn = ARCHIVED_MS;
  #attempt = 0;
  #isUp = false;

  constructor(catchUp: CatchUp, connection: Connection, outbox: Outbox, up: () => void) {
    this.#catchUp = catchUp;
    this.#connection = connection;
    this.#outbox = outbox;
    this.#up = up;
  }

  /** Whether this connection was synced once. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Something is, or may be, missing. */
  now(): void {
    clearTimeout(this.#again);
    this.#catchUp.run().then(
      () => this.#synced(),
      (fault: unknown) => this.#later(fault),
    );
  }

  /** The connection is gone; the next one brings the next `now`. */
  lost(): void {
    this.#isUp = false;
    clearTimeout(this.#again);
    clearTimeout(this.#archived);
    this.#archived = undefined;
  }

  /** Asks how far acked commands are archived, less often the longer it takes; brings own events that are late, too. */
  watchArchive(): void {
    if (!this.#isUp || this.#archived !== undefined || this.#outbox.unarchived.length === 0) return;
    this.#archived = setTimeout(() => {
      this.#archived = undefined;
      this.#archivedIn = Math.min(this.#archivedIn * 2, ARCHIVED_LONGEST_MS);
      this.now();
    }, this.#archivedIn);
  }

  #synced(): void {
    if (this.#connection.state.state !== 'online') return;
    this.#attempt = 0;
    this.#connection.proven();
    if (this.#outbox.unarchived.length === 0) this.#archivedIn = ARCHIVED_MS;
    if (!this.#isUp) {
      this.#isUp = true;
      this.#up();
    }
    this.watchArchive();
  }

  #later(fault: unknown): void {
    if (this.#connection.state.state !== 'online') return;
    clearTimeout(this.#again);
    const atLeast = asRefusalError(fault).refusal.retryAfterMs ?? AGAIN_MS;
    this.#again = setTimeout(() => this.now(), atLeast + backOff(this.#attempt++, 0));
  }
}
