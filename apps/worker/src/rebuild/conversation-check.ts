import { partitionOf, type ConversationId } from '@parley/events';
import { idText, keySeq, type ArchiveHeadDocument, type EventDocument } from '@parley/read-models';
import { chainAfter, chainStart, commitmentOf } from '../projector/event-chain.ts';

/**
 * An event that is not in the archive as it was written, or several in a row that are missing: from `seq` to `to`.
 * `missing`: its seq is not there. `altered`: it does not follow from the one before it, or is not what the head of its
 * conversation or the log says. `unexpected`: the archive should know nothing of it.
 */
export interface BrokenEvent {
  readonly conversationId: ConversationId;
  readonly seq: number;
  readonly to: number;
  readonly what: 'missing' | 'altered' | 'unexpected';
}

/** What the archive says of a conversation beside its events. */
export interface Expected {
  /** Missing where nothing of it should be archived. */
  readonly head: Pick<ArchiveHeadDocument, 'seq' | 'h'> | undefined;
  /** How far a partition was projected when the check began: what lies behind is new and left alone. */
  readonly placeOf: (partition: number) => number;
  /** Whether a dead letter says that the log itself had a hole in front of this seq. */
  readonly isHoleBefore: (seq: number) => boolean;
  /** The epoch in which a place of a partition's log was written, as its lineage says. */
  readonly epochAt: (partition: number, n: number) => Uint8Array | undefined;
}

/**
 * Checks the archived events of one conversation, told in the order of their keys: dense from 1 to the head, each bound to
 * the one before it by the chain over all that it says, and the last one's chain that of the head.
 */
export class ConversationCheck {
  readonly #bytes: Uint8Array;
  readonly #id: ConversationId;
  readonly #partition: number;
  readonly #expected: Expected;
  #seq = 0;
  #n = 0;
  /** Undefined behind what is missing, null behind a hole that the log itself had: there nothing is chained. */
  #chain: Uint8Array | undefined | null;
  readonly broken: BrokenEvent[] = [];
  /** Events that no chain binds, because of a hole of the log. */
  unchained = 0;
  /** Events that have no text any more, but its commitment. */
  erased = 0;

  /** @param id the conversation's 16 bytes. */
  constructor(id: Uint8Array, expected: Expected) {
    this.#bytes = id;
    this.#id = idText(id);
    this.#partition = partitionOf(this.#id);
    this.#expected = expected;
    this.#chain = chainStart(id);
  }

  /** Takes in the next event. */
  take(event: EventDocument): void {
    const seq = keySeq(event._id);
    const { head, placeOf, isHoleBefore } = this.#expected;
    if (seq > (head?.seq ?? 0)) {
      if (event.n <= placeOf(event.p)) this.#tell(seq, 'unexpected');
      return;
    }
    if (seq > this.#seq + 1) {
      const isKnown = !event.h && isHoleBefore(seq);
      if (!isKnown) this.#tellMissing(seq - 1);
      this.#chain = isKnown || this.#chain === null ? null : undefined;
    }
    if (event.c && isErased(event)) this.erased += 1;
    const link = this.#chain && linkAfter(this.#chain, event);
    if (!this.#isSound(event, link)) this.#tell(seq, 'altered');
    if (this.#chain === null) this.unchained += 1;
    else this.#chain = event.h?.buffer ?? link;
    this.#seq = seq;
    this.#n = event.n;
  }

  /** Says that there are no more events. */
  end(): void {
    const { head } = this.#expected;
    if (!head) return;
    this.#tellMissing(head.seq);
    if (this.#seq !== head.seq || this.broken.at(-1)?.to === head.seq) return;
    if (!isSame(head.h?.buffer, this.#chain ?? undefined)) this.#tell(head.seq, 'altered');
  }

  /**
   * The chain covers what an event says. Of the rest, partition and marks follow from that, and the epoch from the place;
   * of the place itself only the order is known here: which one it was, as long as the log has it, the log says.
   */
  #isSound(event: EventDocument, link: Uint8Array | undefined | null): boolean {
    if (event.p !== this.#partition || event.n <= this.#n || !isSame(event.w.buffer, this.#bytes)) return false;
    if ((event.m === true) !== (event.t === 'message.sent')) return false;
    if (event.c && !isErased(event)) return false;
    if (!this.#isOfItsEpoch(event)) return false;
    if (this.#chain === null) return !event.h;
    return event.h !== undefined && (link === undefined || isSame(event.h.buffer, link ?? undefined));
  }

  #isOfItsEpoch({ p, n, e }: EventDocument): boolean {
    const { placeOf, epochAt } = this.#expected;
    return n > placeOf(p) || isSame(e.buffer, epochAt(p, n));
  }

  /** In one piece: a head that was altered may say that far more is missing than any list holds. */
  #tellMissing(to: number): void {
    if (to > this.#seq) this.#tell(this.#seq + 1, 'missing', to);
  }

  #tell(seq: number, what: BrokenEvent['what'], to = seq): void {
    this.broken.push({ conversationId: this.#id, seq, to, what });
  }
}

/** An erased event has lost both of them: a commitment beside either would stand for what nobody compared. */
function isErased({ s, b }: EventDocument): boolean {
  return s === undefined && b === undefined;
}

/**
 * @returns the chain after an archived event, recomputed from all that it says. An erased one keeps its commitment, and
 * the chain goes on over it.
 */
export function linkAfter(before: Uint8Array, event: EventDocument): Buffer {
  const { v, t: type, a: at, _id, u, d, k, b = '' } = event;
  const ids = { conversation: _id.buffer.subarray(0, 16), user: u.buffer, device: d.buffer, command: k.buffer };
  const salt = event.s?.buffer ?? new Uint8Array();
  const erased = isErased(event) ? event.c?.buffer : undefined;
  const committed = erased ?? commitmentOf({ salt, content: Buffer.from(b) });
  return chainAfter(before, { v, type, seq: keySeq(_id), at, ...ids }, committed);
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one && other ? Buffer.compare(one, other) === 0 : one === other;
}
