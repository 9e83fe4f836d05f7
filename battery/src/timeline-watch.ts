import type { ChatClient, Timeline, TimelineMessage } from '@parley/client';
import type { ConversationId, UserId } from '@parley/events';
import type { Recorder } from './record.ts';

/** How many of the last rows each look goes through again; the last look of a run goes through all of them. */
const AGAIN = 10;

/**
 * Writes down what a client's timeline of one conversation shows: each message once it is in order (at or below
 * `complete`), every row that stands a second time or in a wrong place, what a new epoch made it drop, and what became of
 * own messages.
 */
export class TimelineWatch {
  readonly #recorder: Recorder;
  readonly #reader: string;
  readonly #conversationId: ConversationId;
  readonly #me: UserId | null;
  readonly #present: () => Timeline;
  readonly #shown = new Map<number, string>();
  readonly #decided = new Set<string>();
  /** Rows that were found out of order, each told once. */
  readonly #misplaced = new Set<TimelineMessage>();
  #top = 0;

  /** @param own whether this client is the one that sends: it alone knows what became of its messages. */
  constructor(
    recorder: Recorder,
    reader: string,
    client: Pick<ChatClient, 'session' | 'timeline' | 'onTimeline'>,
    conversationId: ConversationId,
    own: 'sender' | 'reader',
  ) {
    this.#me = own === 'sender' ? client.session.user.userId : null;
    this.#recorder = recorder;
    this.#reader = reader;
    this.#conversationId = conversationId;
    this.#present = () => client.timeline(conversationId);
    client.onTimeline(conversationId, (timeline) => this.look(timeline));
  }

  /** Goes through every row once more, at the end of a run. */
  finish(): void {
    this.look(this.#present(), Infinity);
  }

  /**
   * Takes in a timeline; a second look at the same one finds nothing new.
   * @param again how many of the rows that were shown before are gone through again.
   */
  look(timeline: Timeline, again = AGAIN): void {
    this.#noteDrops(timeline);
    const rows: TimelineMessage[] = [];
    let known = 0;
    for (let at = timeline.items.length - 1; at >= 0 && known <= again; at -= 1) {
      const item = timeline.items[at];
      if (item?.kind !== 'message') continue;
      const { message } = item;
      this.#noteOutcome(message);
      if (message.seq === null || message.seq > timeline.complete) continue;
      if (message.seq <= this.#top) known += 1;
      rows.push(message);
    }
    this.#takeRows(rows.reverse());
  }

  /** What is new is shown; so is what comes late, below rows that were shown, and what stands out of order. */
  #takeRows(rows: readonly TimelineMessage[]): void {
    const [lowest = 0] = this.#shown.keys();
    let last = 0;
    for (const message of rows) {
      const seq = message.seq ?? 0;
      if (seq <= last) this.#showAgain(message);
      // Below the first row that was ever shown lies older history that somebody loaded.
      else if (!this.#shown.has(seq) && seq > lowest) this.#show(message);
      last = Math.max(last, seq);
    }
  }

  #showAgain(message: TimelineMessage): void {
    if (!this.#misplaced.has(message)) this.#show(message);
    this.#misplaced.add(message);
  }

  #show({ seq, epoch, commandId, content }: TimelineMessage): void {
    if (seq === null || epoch === null) return;
    const value = 'text' in content ? content.text : content.envelope;
    const conversationId = this.#conversationId;
    this.#recorder.add({ kind: 'shown', reader: this.#reader, epoch, op: commandId, conversationId, seq, value });
    this.#shown.set(seq, commandId);
    this.#top = Math.max(this.#top, seq);
  }

  /** What was shown must still be there, unless the log went back in time. */
  #noteDrops(timeline: Timeline): void {
    if (timeline.complete >= this.#top && this.#stillThere(timeline)) return;
    const held = new Map<number, string>();
    for (const item of timeline.items)
      if (item.kind === 'message' && item.message.seq !== null && item.message.seq <= timeline.complete)
        held.set(item.message.seq, item.message.commandId);
    const gone = [...this.#shown].filter(([seq, op]) => held.get(seq) !== op).map(([seq]) => seq);
    if (gone.length === 0) return;
    const seq = Math.min(...gone) - 1;
    this.#recorder.add({ kind: 'dropped', reader: this.#reader, conversationId: this.#conversationId, seq });
    for (const known of [...this.#shown.keys()]) if (known > seq) this.#shown.delete(known);
    this.#top = Math.max(0, ...this.#shown.keys());
  }

  /** The last shown message tells for all: a history that changed below it changed there, too. */
  #stillThere(timeline: Timeline): boolean {
    if (this.#top === 0) return true;
    const op = this.#shown.get(this.#top);
    // From the end: that is where it is, but for a few that came since.
    const last = timeline.items.findLast(
      (item) => item.kind === 'message' && item.message.seq !== null && item.message.seq <= this.#top,
    );
    return last?.kind === 'message' && last.message.seq === this.#top && last.message.commandId === op;
  }

  #noteOutcome({ userId, commandId, send, seq, epoch }: TimelineMessage): void {
    if (userId !== this.#me || this.#decided.has(commandId)) return;
    if (send.state === 'failed') {
      this.#decided.add(commandId);
      this.#recorder.add({ kind: 'fail', op: commandId, reason: send.refusal.kind });
    } else if (send.state === 'sent' && seq !== null && epoch !== null) {
      this.#decided.add(commandId);
      this.#recorder.add({ kind: 'ok', op: commandId, epoch, seq });
    }
  }
}
