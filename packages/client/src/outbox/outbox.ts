import {
  isRetryable,
  newId,
  RefusalError,
  type Command,
  type CommandId,
  type ConversationId,
  type Epoch,
  type Receipt,
  type Refusal,
} from '@parley/events';
import { asRefusalError, closed } from '../refusals.ts';
import { EntryList } from './entry-list.ts';
import { hasTarget, type NewEntry, type OutboxEntry } from './outbox-entry.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { OutboxNews, OutboxSharing } from './sharing.ts';

interface Waiter {
  resolve(receipt: Receipt): void;
  reject(error: RefusalError): void;
}

/** Told after entries of a lane changed, in this tab or another. */
export type LaneListener = (lane: ConversationId) => void;

/** A command that somebody waits for is not shown anywhere when it fails: whoever waits hears of it. */
const isShown = (entry: OutboxEntry): boolean => entry.command.type === 'message.send' || hasTarget(entry.command);

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
    if (this.#closed) throw closed();
    const entry: NewEntry = {
      ...extra,
      command,
      commandId: command.commandId,
      at: Date.now(),
      state: 'waiting',
      tried: false,
    };
    this.#arriving.push(entry);
    this.#tellListeners(entry.lane);
    try {
      const order = await this.#store.add(entry);
      // Another tab's entry stands before it and its news is still on the way: nothing may overtake it.
      if (order > this.#lastOrder + 1) await this.reload();
      this.#arrived(entry);
      this.#changed({ ...entry, order });
    } catch (fault) {
      this.#arrived(entry);
      this.#tellListeners(entry.lane);
      throw unsaved(fault);
    }
    return entry.commandId;
  }

  /** @returns the receipt of a command of this outbox. Rejects with its final refusal, or when the client is closed. */
  settled(commandId: CommandId): Promise<Receipt> {
    return new Promise((resolve, reject) => this.#waiters.set(commandId, { resolve, reject }));
  }

  /** A failed command once more, under a new id and behind all others. */
  async retry(commandId: CommandId): Promise<void> {
    const failed = this.#entries.get(commandId);
    if (failed?.state !== 'failed') return;
    const command = { ...failed.command, commandId: newId<CommandId>() };
    const { lane, target } = failed;
    await this.add(command, { lane, ...(target && { target }) });
    await this.remove([commandId]);
  }

  /** Drops a command that failed, or that was never tried. An undecided one may be in the log: it stays. */
  async discard(commandId: CommandId): Promise<void> {
    const entry = this.#entries.get(commandId);
    if (entry?.state === 'failed' || (entry?.state === 'waiting' && !entry.tried)) await this.remove([commandId]);
  }

  async remove(ids: readonly CommandId[]): Promise<void> {
    if (ids.length === 0) return;
    this.#forget(ids);
    this.#sharing.tell({ kind: 'removed', ids: [...ids] });
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
    this.#resolveDependents(entry, receipt);
  }

  refused(commandId: CommandId, refusal: Refusal): void {
    const entry = this.#entries.get(commandId);
    if (!entry) return;
    this.#change({ ...undecided(entry), state: 'failed', refusal });
    if (!isShown(entry)) void this.remove([commandId]).catch(() => undefined);
    for (const later of this.lane(entry.lane)) if (later.after === commandId) this.refused(later.commandId, refusal);
  }

  /** Points a command at the place where its message is now. */
  retarget(commandId: CommandId, place: Receipt): void {
    const entry = this.#entries.get(commandId);
    if (!entry || !hasTarget(entry.command)) return;
    const target = { epoch: place.epoch, seq: place.seq };
    const found: OutboxEntry = { ...entry, command: { ...entry.command, target } };
    delete found.after;
    this.#change(found);
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

  #resolveDependents(acked: OutboxEntry, receipt: Receipt): void {
    for (const entry of this.lane(acked.lane))
      if (entry.after === acked.commandId) this.retarget(entry.commandId, receipt);
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

/** @returns the entry without what was decided of it before. */
function undecided(entry: OutboxEntry): OutboxEntry {
  const open = { ...entry };
  delete open.receipt;
  delete open.refusal;
  return open;
}

function unsaved(fault: unknown): RefusalError {
  const message = 'This device could not keep the message. Make room on it and send again.';
  return new RefusalError({ kind: 'internal', message }, { cause: fault });
}

/** @returns whether a command that got this refusal stays in line and is sent again. */
export function staysInLine(fault: unknown): boolean {
  const { refusal } = asRefusalError(fault);
  return isRetryable(refusal) || refusal.kind === 'unauthenticated' || refusal.kind === 'upgrade_required';
}
