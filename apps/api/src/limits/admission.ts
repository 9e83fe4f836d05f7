import { RefusalError } from '@parley/events';
import { busy } from './busy.ts';

export interface AdmissionBounds {
  /** So many are on their way in at once. */
  readonly atOnce: number;
  /** So many more wait for their turn; who comes beyond is told to come back. */
  readonly inLine: number;
  /** Longest wait in the line, in milliseconds: less than a client waits for its handshake. */
  readonly lineMs: number;
  /** After this a turn is over, in milliseconds, whatever has become of whoever had it. */
  readonly turnMs: number;
}

/** Waiting costs the node less than coming again: the line is as long as what it lets in within the time of the line. */
const usual: AdmissionBounds = { atOnce: 128, inLine: 2_048, lineMs: 6_000, turnMs: 1_000 };

interface Waiting {
  readonly enter: (leave: () => void) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Lets in so many at once as a node can serve beside its work: all others wait in a line that is bounded in length and
 * time, or come back at a time of their own. What is in goes on meanwhile.
 */
export class Admission {
  readonly #bounds: AdmissionBounds;
  readonly #line: Waiting[] = [];
  #entering = 0;

  constructor(bounds: Partial<AdmissionBounds> = {}) {
    this.#bounds = { ...usual, ...bounds };
  }

  /**
   * @returns, when it is one's turn, what ends it: to be called when one is in, or gone; more than once does no harm.
   * @throws RefusalError `not_ready` when the line is full, or does not move.
   */
  enter(): Promise<() => void> {
    const { atOnce, inLine, lineMs } = this.#bounds;
    if (this.#entering < atOnce) return Promise.resolve(this.#turn());
    if (this.#line.length >= inLine) return Promise.reject(new RefusalError(busy()));
    return new Promise((enter, refuse) => {
      const timer = setTimeout(() => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        refuse(new RefusalError(busy()));
      }, lineMs).unref();
      const waiting: Waiting = { enter, timer };
      this.#line.push(waiting);
    });
  }

  #turn(): () => void {
    this.#entering += 1;
    let isOver = false;
    const leave = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#entering -= 1;
      this.#next();
    };
    const timer = setTimeout(leave, this.#bounds.turnMs).unref();
    return leave;
  }

  #next(): void {
    const next = this.#line.shift();
    if (!next) return;
    clearTimeout(next.timer);
    next.enter(this.#turn());
  }
}
