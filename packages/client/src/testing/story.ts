import {
  applyChange,
  isMessageChange,
  uuidText,
  untouched,
  type CommandId,
  type ConversationId,
  type DeviceId,
  type Epoch,
  type HistoryPage,
  type MessageOverlay,
  type MessageState,
  type UserId,
  type WireEvent,
  type Withheld,
} from '@parley/events';
import { readEvent } from '../timeline/read-event.ts';

export const conversationId = '01890000-0000-7000-8000-000000000001' as ConversationId;
export const alice = '01890000-0000-7000-8000-00000000000a' as UserId;
export const bob = '01890000-0000-7000-8000-00000000000b' as UserId;
export const firstEpoch = '00000000000000e1' as Epoch;
export const secondEpoch = '00000000000000e2' as Epoch;

const deviceId = '01890000-0000-7000-8000-0000000000d0' as DeviceId;

/** What somebody does in a story; `target` is the seq of an earlier event. */
export type Deed =
  | { do: 'send'; by: UserId; text: string; commandId?: CommandId }
  | { do: 'edit'; by: UserId; target: number; text: string }
  | { do: 'delete'; by: UserId; target: number }
  | { do: 'react'; by: UserId; target: number; emoji: string; on: boolean }
  | { do: 'join'; by: UserId }
  | { do: 'add' | 'remove'; by: UserId; userId: UserId };

/** @returns the event that a deed makes at `seq`, as the wire carries it. */
export function written(deed: Deed, seq: number, epoch: Epoch = firstEpoch): WireEvent {
  return {
    v: 1,
    conversationId,
    seq: seq as WireEvent['seq'],
    at: 1_000 + seq,
    actor: { userId: deed.by, deviceId },
    commandId: ('commandId' in deed && deed.commandId) || commandAt(seq, epoch),
    salt: 'AAAAAAAAAAAAAAAAAAAAAA',
    ...contentOf(deed, epoch),
  } as WireEvent;
}

/** @returns the id of the command that made the event at `seq`. */
export function commandAt(seq: number, epoch: Epoch = firstEpoch): CommandId {
  const bytes = new Uint8Array(16);
  bytes.set([0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, Number.parseInt(epoch.slice(-2), 16), 0, 0]);
  bytes.set([seq >> 8, seq & 255], 14);
  return uuidText<CommandId>(bytes);
}

function contentOf(deed: Deed, epoch: Epoch): object {
  const target = 'target' in deed ? { epoch, seq: deed.target } : undefined;
  switch (deed.do) {
    case 'send':
      return { type: 'message.sent', body: { content: { suite: 'none', text: deed.text } } };
    case 'edit':
      return { type: 'message.edited', body: { target, content: { suite: 'none', text: deed.text } } };
    case 'delete':
      return { type: 'message.deleted', body: { target } };
    case 'react': {
      const type = deed.on ? 'reaction.added' : 'reaction.removed';
      return { type, body: { target, reaction: { suite: 'none', emoji: deed.emoji } } };
    }
    case 'join':
      return { type: 'member.joined', body: {} };
    case 'add':
      return { type: 'member.added', body: { userId: deed.userId, role: 'member' } };
    case 'remove':
      return { type: 'member.removed', body: { userId: deed.userId } };
  }
}

/** @returns a message, and only its text matters. */
export const message = (seq: number, by: UserId = bob, text = `m${seq}`): WireEvent =>
  written({ do: 'send', by, text }, seq);

/** A conversation as a server holds it and answers for it, for one reader who may not see some seqs. */
export class Story {
  readonly epoch: Epoch;
  readonly events: readonly WireEvent[];
  readonly #hidden: ReadonlySet<number>;

  constructor(events: readonly WireEvent[], hidden: ReadonlySet<number> = new Set(), epoch: Epoch = firstEpoch) {
    this.events = events;
    this.#hidden = hidden;
    this.epoch = epoch;
  }

  get head(): number {
    return this.events.length;
  }

  /** @returns the seqs `from` to `to` as events and withheld runs of one seq each. */
  run(from: number, to: number): { events: WireEvent[]; withheld: Withheld[] } {
    const run = this.events.slice(from - 1, to);
    return {
      events: run.filter((event) => !this.#hidden.has(event.seq)),
      withheld: run.filter((event) => this.#hidden.has(event.seq)).map(({ seq }) => ({ from: seq, to: seq })),
    };
  }

  /** @returns the page of `limit` seqs before `before`, with what changed its messages up to now. */
  page(before: number, limit: number): HistoryPage {
    const first = Math.max(1, before - limit);
    const { events, withheld } = this.run(first, before - 1);
    const overlays = events.flatMap((event) => (event.type === 'message.sent' ? this.#overlay(event.seq) : []));
    const last = before - 1;
    return { conversationId, epoch: this.epoch, asOf: this.head, first, last, chain: null, events, withheld, overlays };
  }

  #overlay(seq: number): MessageOverlay[] {
    let state: MessageState = untouched;
    for (const wire of this.run(1, this.head).events) {
      const event = readEvent(wire);
      if (event && isMessageChange(event) && event.body.target.seq === seq) state = applyChange(state, event);
    }
    return state === untouched ? [] : [{ seq, ...state } as unknown as MessageOverlay];
  }
}
