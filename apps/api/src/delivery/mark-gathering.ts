import type { ConversationId, Mark } from '@parley/events';

/** Where gathered marks go. */
export interface MarkRoads {
  /** To the sockets of this node, from whichever node the marks came. */
  readonly deliver: (marks: readonly Mark[]) => void;
  /** To the other nodes: marks that were raised here. */
  readonly pass: (marks: readonly Mark[]) => void;
}

/** In milliseconds. Twice of it, raised on one node and heard on another, still feels like now. */
const GATHER_MS = 400;
/** A conversation hears of marks this often at most: in a lively one nobody watches the ticks of each message. */
const BETWEEN_MS = 2_000;

/**
 * Holds marks back for a moment and lets them go together, of each member in each conversation the newest. Every message
 * makes every member raise a mark that every other one hears: told one by one, they would be most of what a node sends.
 */
export class MarkGathering {
  readonly #roads: MarkRoads;
  /** When conversations were told of marks, within the last `BETWEEN_MS`. */
  readonly #told = new Map<ConversationId, number>();
  readonly #raised = new Map<string, Mark>();
  readonly #due = new Map<string, Mark>();
  #timer: NodeJS.Timeout | undefined;

  constructor(roads: MarkRoads) {
    this.#roads = roads;
  }

  /** A mark that rose on this node. */
  raised(mark: Mark): void {
    this.#raised.set(keyOf(mark), mark);
    this.heard([mark]);
  }

  /** Marks that another node passed on. */
  heard(marks: readonly Mark[]): void {
    for (const mark of marks) this.#due.set(keyOf(mark), mark);
    this.#plan();
  }

  #plan(): void {
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS).unref();
  }

  #flush(): void {
    this.#timer = undefined;
    const raised = [...this.#raised.values()];
    this.#raised.clear();
    if (raised.length > 0) this.#roads.pass(raised);
    const now = this.#takeDue();
    if (now.length > 0) this.#roads.deliver(now);
    if (this.#due.size > 0) this.#plan();
  }

  /** @returns the marks of conversations that were told of none for a while; the others stay. */
  #takeDue(): Mark[] {
    const now = performance.now();
    for (const [id, at] of this.#told) if (now - at >= BETWEEN_MS) this.#told.delete(id);
    const due = [...this.#due.values()].filter(({ conversationId }) => !this.#told.has(conversationId));
    for (const mark of due) {
      this.#due.delete(keyOf(mark));
      this.#told.set(mark.conversationId, now);
    }
    return due;
  }
}

const keyOf = ({ conversationId, userId }: Mark): string => `${conversationId}/${userId}`;
