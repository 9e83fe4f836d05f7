import {
  newId,
  RefusalError,
  type Command,
  type CommandId,
  type ConversationId,
  type Epoch,
  type Receipt,
  type Refusal,
} from '@parley/events';
import { closed, unsaved } from '../refusals.ts';
import { EntryList } from './entry-list.ts';
import { freed, hasTarget, isShown, newEntry, undecided, type NewEntry, type OutboxEntry } from './outbox-entry.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { OutboxNews, OutboxSharing } from './sharing.ts';

interface Waiter {
  resolve(receipt: Receipt): void;
  reject(error: RefusalError): void;
}

/** Told after entries of a lane changed, in this tab or another. */
export type LaneListener = (lane: ConversationId) => void;

/**
 * Own commands from the moment somebody meant them until they are archived: on the device before anything else, the
 * same in all tabs. Sending them is the work of `OutboxSender`.
 */
export class Outbox {
  readonly #store: OutboxStore;
  readonly #sharing: OutboxSharing;
  readonly #entries = new EntryList();
  readonly #arriving: NewEntry[] = [];
  readonly #waiters = new Map<CommandId, Waiter>();
  readonly #listeners = new Set<LaneListener>();
  #lastOrder = 0;
  #closed = false;

  constructor(store: OutboxStore, sharing: OutboxSharing) {
    this.#store = store;
    this.#sharing = sharing;
  }

  /** Takes in what an earlier run, or another tab, left. */
  async open(): Promise<void> {
    this.#sharing.hear((news) => this.#heard(news));
    await this.reload();
  }

  /** Reads the store again: another tab may have added what this one was never told. */
  async reload(): Promise<void> {
    for (const entry of await this.#store.all()) if (!this.#entries.get(entry.commandId)) this.#keep(entry);
  }

  listen(listener: LaneListener): void {
    this.#listeners.add(listener);
  }

  get lanes(): ConversationId[] {
    return this.#entries.lanes;
  }

  lane(lane: ConversationId): readonly OutboxEntry[] {
    return this.#entries.lane(lane);
  }

  /** @returns entries of a lane that the store is just taking in. */
  arriving(lane: ConversationId): readonly NewEntry[] {
    return this.#arriving.filter((entry) => entry.lane === lane);
  }

  get(commandId: CommandId): OutboxEntry | undefined {
    return this.#entries.get(commandId);
  }

  /** Commands that are not in the log yet, failed ones not counted. */
  get waiting(): number {
    let count = this.#arriving.length;
    for (const entry of this.#entries.values()) if (entry.state === 'waiting') count += 1;
    return count;
  }

  get failed(): OutboxEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.state === 'failed');
  }

  /** Conversations with commands that could still fall out of the log. */
  get unarchived(): ConversationId[] {
    const acked = [...this.#entries.values()].flatMap((entry) => entry.receipt?.conversationId ?? []);
    return [...new Set(acked)];
  }

  hasForeignReceipt(conversationId: ConversationId, epoch: Epoch): boolean {
    for (const { receipt } of this.#entries.values())
      if (receipt?.conversationId === conversationId && receipt.epoch !== epoch) return true;
    return false;
  }

  /** Adds a command behind all others. Resolves when it would survive a reload. */
  async add(command: Command, extra: Pick<NewEntry, 'lane' | 'target' | 'after'>): Promise<CommandId> {
    const entry = newEntry(command, extra);
    await this.#admit(entry, () => this.#store.add(entry));
    return entry.commandId;
  }

  /** @returns the receipt of a command of this outbox. Rejects with its final refusal, or when the client is closed. */
  settled(commandId: CommandId): Promise<Receipt> {
    return new Promise((resolve, reject) => this.#waiters.set(commandId, { resolve, reject }));
  }

  /** A failed command once more, under a new id and behind all others; once, however often and wherever it is asked for. */
  async retry(commandId: CommandId): Promise<void> {
    const failed = this.#entries.get(commandId);
    if (failed?.state !== 'failed') return;
    const { lane, target } = failed;
    const entry = newEntry({ ...failed.command, commandId: newId<CommandId>() }, { lane, ...(target && { target }) });
    // Not failed any more while the store works: a second click finds nothing to do.
    this.#forget([commandId]);
    try {
      await this.#admit(entry, () => this.#store.swap(commandId, entry));
    } catch (fault) {
      this.#keep(failed);
      throw fault;
    }
    this.#drop([commandId]);
  }

  /**
   * Drops a command that failed, or that was never tried, and what was to change its message. An undecided one may be in
   * the log: it stays.
   */
  async discard(commandId: CommandId): Promise<void> {
    const entry = this.#entries.get(commandId);
    if (entry?.state !== 'failed' && (entry?.state !== 'waiting' || entry.tried)) return;
    const dependents = this.lane(entry.lane).filter(({ after }) => after === commandId);
    await this.remove([entry, ...dependents].map((gone) => gone.commandId));
  }

  async remove(ids: readonly CommandId[]): Promise<void> {
    if (ids.length === 0) return;
    this.#drop(ids);
    await this.#store.remove(ids);
  }

  /** Notes that commands are on their way and from now on undecided. */
  tried(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) if (!entry.tried) this.#change({ ...entry, tried: true });
  }

  acked(commandId: CommandId, receipt: Receipt): void {
    const entry = this.#entries.get(commandId);
    if (!entry) return;
    this.#change({ ...undecided(entry), state: 'acked', receipt });
  }

  refused(commandId: CommandId, refusal: Refusal): void {
    const entry = this.#entries.get(commandId);
    if (!entry) return;
    this.#change({ ...undecided(entry), state: 'failed', refusal });
    if (!isShown(entry)) void this.remove([commandId]).catch(() => undefined);
  }

  /**
   * Frees what waits for another command's seq where that one is decided, whenever and in whichever tab it was added. To
   * be called before one looks for what is due.
   */
  free(lane: ConversationId): void {
    for (const entry of [...this.lane(lane)]) {
      if (entry.state !== 'waiting' || entry.after === undefined) continue;
      const first = this.#entries.get(entry.after);
      if (first?.receipt) this.retarget(entry.commandId, first.receipt);
      else if (first?.refusal) this.refused(entry.commandId, first.refusal);
      // Archived and forgotten: the server says where its message stands.
      else if (!first) this.#change(freed(entry));
    }
  }

  /** Points a command at the place where its message is now. */
  retarget(commandId: CommandId, place: Receipt): void {
    const entry = this.#entries.get(commandId);
    if (!entry || !hasTarget(entry.command)) return;
    const target = { epoch: place.epoch, seq: place.seq };
    this.#change(freed({ ...entry, command: { ...entry.command, target } }));
  }

  /**
   * The log went back in time: acked commands beyond `shared` wait again, in their old place in the order. Receipts of
   * what both histories have are from now on of the new epoch.
   */
  epochChanged(conversationId: ConversationId, epoch: Epoch, shared: number): void {
    for (const entry of [...this.#entries.values()]) {
      const { receipt } = entry;
      if (receipt?.conversationId !== conversationId || receipt.epoch === epoch) continue;
      if (receipt.seq <= shared) this.#change({ ...entry, receipt: { ...receipt, epoch } });
      else this.#waitAgain(entry);
    }
  }

  /** Everything of the conversation up to `archived` in `epoch` can't be lost any more. */
  archived(conversationId: ConversationId, epoch: Epoch, archived: number): void {
    const safe = [...this.#entries.values()].filter(
      ({ receipt }) => receipt?.conversationId === conversationId && receipt.epoch === epoch && receipt.seq <= archived,
    );
    // What the store could not drop is sent once more after a reload and gets the same receipt.
    void this.remove(safe.map((entry) => entry.commandId)).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sharing.close();
    for (const waiter of this.#waiters.values()) waiter.reject(closed());
    this.#waiters.clear();
    this.#listeners.clear();
    await this.#store.close();
  }

  #waitAgain(entry: OutboxEntry): void {
    this.#change({ ...undecided(entry), state: 'waiting' });
  }

  /** Shows an entry at once and takes it in when the store has; not if that says that somebody else did it. */
  async #admit(entry: NewEntry, store: () => Promise<number | null>): Promise<void> {
    if (this.#closed) throw closed();
    this.#arriving.push(entry);
    this.#tellListeners(entry.lane);
    try {
      const order = await store();
      // Another tab's entry stands before it and its news is still on the way: nothing may overtake it.
      if (order !== null && order > this.#lastOrder + 1) await this.reload();
      this.#arrived(entry);
      if (order !== null) this.#changed({ ...entry, order });
    } catch (fault) {
      this.#arrived(entry);
      throw unsaved(fault);
    } finally {
      this.#tellListeners(entry.lane);
    }
  }

  #arrived(entry: NewEntry): void {
    this.#arriving.splice(this.#arriving.indexOf(entry), 1);
  }

  #change(entry: OutboxEntry): void {
    this.#changed(entry);
    // Memory is right already; a change that the store missed is made good by sending the same command again.
    void this.#store.update(entry).catch(() => undefined);
  }

  #changed(entry: OutboxEntry): void {
    if (this.#closed) return;
    this.#keep(entry);
    this.#sharing.tell({ kind: 'changed', entry });
  }

  #heard(news: OutboxNews): void {
    if (this.#closed) return;
    if (news.kind === 'changed') this.#keep(news.entry);
    else this.#forget(news.ids);
  }

  #keep(entry: OutboxEntry): void {
    this.#entries.put(entry);
    this.#lastOrder = Math.max(this.#lastOrder, entry.order);
    const waiter = this.#waiters.get(entry.commandId);
    if (waiter && entry.state !== 'waiting') {
      this.#waiters.delete(entry.commandId);
      if (entry.receipt) waiter.resolve(entry.receipt);
      else if (entry.refusal) waiter.reject(new RefusalError(entry.refusal));
    }
    this.#tellListeners(entry.lane);
  }

  /** Forgets entries here and in all tabs. */
  #drop(ids: readonly CommandId[]): void {
    this.#forget(ids);
    this.#sharing.tell({ kind: 'removed', ids: [...ids] });
  }

  #forget(ids: readonly CommandId[]): void {
    for (const id of ids) {
      const gone = this.#entries.remove(id);
      if (gone) this.#tellListeners(gone.lane);
    }
  }

  #tellListeners(lane: ConversationId): void {
    for (const listener of this.#listeners) listener(lane);
  }
}
