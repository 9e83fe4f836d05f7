import type { Mark } from '@parley/events';

/** Where gathered marks go. */
export interface MarkRoads {
  /** To the sockets of this node, from whichever node the marks came. */
  readonly deliver: (marks: readonly Mark[]) => void;
  /** To the other nodes: marks that were raised here. */
  readonly pass: (marks: readonly Mark[]) => void;
}

/** In milliseconds. Twice of it, raised on one node and heard on another, still feels like now. */
const GATHER_MS = 400;

/**
 * Holds marks back for a moment and lets them go together, of each member in each conversation the newest. Every message
 * makes every member raise a mark that every other one hears: told one by one, they would be most of what a node sends.
 */
export class MarkGathering {
  readonly #roads: MarkRoads;
  #raised = new Map<string, Mark>();
  #due = new Map<string, Mark>();
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
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS).unref();
  }

  #flush(): void {
    const [raised, due] = [this.#raised, this.#due];
    this.#raised = new Map();
    this.#due = new Map();
    this.#timer = undefined;
    if (raised.size > 0) this.#roads.pass([...raised.values()]);
    this.#roads.deliver([...due.values()]);
  }
}

const keyOf = ({ conversationId, userId }: Mark): string => `${conversationId}/${userId}`;
