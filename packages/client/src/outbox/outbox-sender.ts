import {
  RefusalError,
  type Command,
  type CommandId,
  type CommandResult,
  type ConversationId,
  type Receipt,
  type Refusal,
} from '@parley/events';
import { backOff } from '../back-off.ts';
import { asRefusalError, garbled, staysInLine } from '../refusals.ts';
import { nextBatch } from './next-batch.ts';
import { hasTarget, type OutboxEntry } from './outbox-entry.ts';
import type { Outbox } from './outbox.ts';

/** What sending needs from the rest of the client. All reject with a `RefusalError`. */
export interface SenderRoad {
  /** @returns one result for each command, in their order. */
  send(commands: readonly Command[]): Promise<readonly CommandResult[]>;
  /** Syncs before a retry: an outage may have ended in a new epoch, whose losses must be sent first. */
  catchUp(): Promise<void>;
  /** @returns where a message stands now. */
  find(conversationId: ConversationId, target: NonNullable<OutboxEntry['target']>): Promise<Receipt>;
}

interface LaneState {
  attempt: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  busy: boolean;
  /** After a batch was refused as a whole, its commands go one by one so that only the bad one fails. */
  oneByOne: boolean;
}

/**
 * Sends the outbox: each lane's commands in order, one batch in flight, none overtaking one that is undecided, the
 * same command under the same id until it is decided. Works only in the tab that leads and while the road is open.
 */
export class OutboxSender {
  readonly #outbox: Outbox;
  readonly #road: SenderRoad;
  readonly #lanes = new Map<ConversationId, LaneState>();
  /** Acked before this run: sent once more, because the log may have gone back in time since. */
  readonly #unconfirmed = new Set<CommandId>();
  #leads = false;
  #open = false;

  constructor(outbox: Outbox, road: SenderRoad) {
    this.#outbox = outbox;
    this.#road = road;
    outbox.listen((lane) => this.#pump(lane));
  }

  /** This tab sends from now on. */
  lead(): void {
    this.#leads = true;
    for (const lane of this.#outbox.lanes)
      for (const entry of this.#outbox.lane(lane)) if (entry.state === 'acked') this.#unconfirmed.add(entry.commandId);
    this.#pumpAll();
  }

  /** The connection is up and synced: goes on at once. */
  open(): void {
    this.#open = true;
    for (const state of this.#lanes.values()) {
      clearTimeout(state.timer);
      state.timer = undefined;
      state.attempt = 0;
    }
    this.#pumpAll();
  }

  /** The connection is gone: what is in flight stays undecided. */
  pause(): void {
    this.#open = false;
    for (const state of this.#lanes.values()) clearTimeout(state.timer);
  }

  #pumpAll(): void {
    for (const lane of this.#outbox.lanes) this.#pump(lane);
  }

  #pump(lane: ConversationId): void {
    if (!this.#leads || !this.#open) return;
    const state = this.#stateOf(lane);
    if (state.busy || state.timer !== undefined) return;
    // What that changes is told to this sender, too.
    state.busy = true;
    this.#outbox.free(lane);
    state.busy = false;
    const due = nextBatch(this.#outbox.lane(lane), (entry) => this.#isDue(entry));
    const batch = state.oneByOne ? due.slice(0, 1) : due;
    if (batch.length > 0) void this.#sendBatch(lane, state, batch);
    else if (this.#outbox.lane(lane).length === 0) this.#lanes.delete(lane);
  }

  #isDue(entry: OutboxEntry): boolean {
    return entry.state === 'waiting' || (entry.state === 'acked' && this.#unconfirmed.has(entry.commandId));
  }

  async #sendBatch(lane: ConversationId, state: LaneState, batch: readonly OutboxEntry[]): Promise<void> {
    state.busy = true;
    this.#outbox.tried(batch);
    const stuck = await this.#attempt(state, batch);
    state.busy = false;
    if (stuck) this.#retryLater(lane, state, stuck);
    else {
      state.attempt = 0;
      this.#pump(lane);
    }
  }

  /** @returns why the lane has to wait, or null. */
  async #attempt(state: LaneState, batch: readonly OutboxEntry[]): Promise<Refusal | null> {
    try {
      const results = await this.#road.send(batch.map((entry) => entry.command));
      state.oneByOne = false;
      return await this.#takeAll(batch, results);
    } catch (fault) {
      return this.#refusedWhole(state, batch, fault);
    }
  }

  #refusedWhole(state: LaneState, batch: readonly OutboxEntry[], fault: unknown): Refusal | null {
    const { refusal } = asRefusalError(fault);
    if (staysInLine(fault)) return refusal;
    const [only, ...others] = batch;
    state.oneByOne = others.length > 0;
    if (only && !state.oneByOne) this.#fail(only, refusal);
    return null;
  }

  async #takeAll(batch: readonly OutboxEntry[], results: readonly CommandResult[]): Promise<Refusal | null> {
    if (results.length !== batch.length) return garbled('command').refusal;
    let stuck: Refusal | null = null;
    for (const [at, entry] of batch.entries()) {
      const result = results[at];
      if (!result) continue;
      stuck = (await this.#take(entry, result)) ?? stuck;
    }
    return stuck;
  }

  /** @returns the refusal if the command stays in line. */
  async #take(entry: OutboxEntry, result: CommandResult): Promise<Refusal | null> {
    if ('receipt' in result) {
      this.#unconfirmed.delete(entry.commandId);
      this.#outbox.acked(entry.commandId, result.receipt);
      return null;
    }
    if (staysInLine(new RefusalError(result.refusal))) return result.refusal;
    if (result.refusal.kind === 'stale_target') return this.#findTarget(entry, result.refusal);
    this.#fail(entry, result.refusal);
    return null;
  }

  /** The message stood where the log went back in time: looks where it is now. */
  async #findTarget(entry: OutboxEntry, refusal: Refusal): Promise<Refusal | null> {
    const { target, command } = entry;
    if (!target || !hasTarget(command)) {
      this.#fail(entry, refusal);
      return null;
    }
    try {
      const place = await this.#road.find(command.conversationId, target);
      if (place.epoch === command.target.epoch && place.seq === command.target.seq) this.#fail(entry, refusal);
      else this.#outbox.retarget(entry.commandId, place);
      return null;
    } catch (fault) {
      if (staysInLine(fault)) return asRefusalError(fault).refusal;
      this.#fail(entry, refusal);
      return null;
    }
  }

  #fail(entry: OutboxEntry, refusal: Refusal): void {
    this.#unconfirmed.delete(entry.commandId);
    this.#outbox.refused(entry.commandId, refusal);
  }

  #retryLater(lane: ConversationId, state: LaneState, refusal: Refusal): void {
    if (!this.#open) return;
    const delay = Math.max(refusal.retryAfterMs ?? 0, backOff(state.attempt++, 0));
    state.timer = setTimeout(() => void this.#retry(lane, state, refusal), delay);
  }

  async #retry(lane: ConversationId, state: LaneState, refusal: Refusal): Promise<void> {
    state.busy = true;
    state.timer = undefined;
    const caught = await this.#caughtUp(refusal);
    state.busy = false;
    if (caught) this.#pump(lane);
    else this.#retryLater(lane, state, refusal);
  }

  async #caughtUp(refusal: Refusal): Promise<boolean> {
    if (refusal.kind === 'rate_limited') return true;
    try {
      await this.#road.catchUp();
      return true;
    } catch {
      return false;
    }
  }

  #stateOf(lane: ConversationId): LaneState {
    const state = this.#lanes.get(lane) ?? { attempt: 0, timer: undefined, busy: false, oneByOne: false };
    this.#lanes.set(lane, state);
    return state;
  }
}
