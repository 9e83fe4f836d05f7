import type { Refusal } from '../contract/error.ts';
import type { ConversationId } from '../contract/ids.ts';
import type { Partition } from '../contract/ids.ts';
import type { AppendOutcome, AppendRequest } from './event-log.ts';
import { packRecord, setGeneration } from './append-record.ts';
import { readAtRest, readGeneration, readReceipt, readStatus, refusalOf } from './append-reply.ts';
import type { Flight, Load, Shipper } from './flight.ts';

/** Limits of one call of the script. */
const GROUP_COMMANDS = 200;
const GROUP_BYTES = 256 * 1024;

/** One command on its way. */
interface Pending {
  readonly request: AppendRequest;
  readonly record: Buffer;
  readonly resolve: (outcome: AppendOutcome) => void;
}

/** What the commands of a partition need beside their way into the log. */
export interface GroupCommitHost {
  /** Asks the archive; null means it is not there. */
  look(request: AppendRequest): Promise<AppendOutcome | null>;
  /** A failed call: what becomes of its commands. */
  failed(error: unknown): { retry: true } | { retry: false; refusal: Refusal };
}

const waitingRefusal: Refusal = {
  kind: 'waiting',
  message: 'An earlier command of this device is undecided: send both again, in order.',
};

/** The commands of one partition. What collects between two flights goes with the next one, as one atomic step. */
export class GroupCommit implements Shipper {
  readonly #partition: Partition;
  readonly #host: GroupCommitHost;
  readonly #flight: Flight;
  #waiting: Pending[] = [];
  #away = false;
  #open = false;
  /** Lanes (conversation, user, device) whose first command waits for the archive; their followers wait with it. */
  readonly #held = new Set<string>();

  constructor(partition: Partition, host: GroupCommitHost, flight: Flight) {
    this.#partition = partition;
    this.#host = host;
    this.#flight = flight;
  }

  /** @returns what became of the command. Never rejects. */
  append(request: AppendRequest): Promise<AppendOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ request, record: packRecord(request), resolve });
      this.#book();
    });
  }

  /** The partition may be written to; what has collected goes. */
  open(): void {
    this.#open = true;
    this.#book();
  }

  /** Whatever arrives from here on collects. */
  pause(): void {
    this.#open = false;
  }

  /** Refuses everything that collected: it was not sent, and nothing may overtake what was. */
  refuseWaiting(refusal: Refusal): void {
    const refused = this.#waiting;
    this.#waiting = [];
    for (const pending of refused) pending.resolve({ outcome: 'refused', refusal });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  #book(): void {
    if (this.#open && !this.#away && this.#waiting.length > 0) this.#flight.book(this);
  }

  /** For the flight. @returns the next group; nothing while the partition is closed or has one on its way. */
  take(): Load | undefined {
    if (!this.#open || this.#away) return undefined;
    const group = this.#nextGroup();
    if (group.length === 0) return undefined;
    this.#away = true;
    return {
      partition: this.#partition,
      records: Buffer.concat(group.map((pending) => pending.record)),
      landed: (reply) => this.#back(() => this.#settle(group, reply), group),
      lost: (error) => this.#back(() => this.#fail(group, error), group),
    };
  }

  #back(settle: () => void, group: readonly Pending[]): void {
    this.#away = false;
    try {
      settle();
    } catch (error) {
      this.#fail(group, error);
    }
    this.#book();
  }

  /** A command that changes members or settings is alone in its conversation; what is behind it stays behind it. */
  #nextGroup(): Pending[] {
    const group: Pending[] = [];
    const kept: Pending[] = [];
    const closed = new Map<ConversationId, boolean>();
    let bytes = 0;
    for (const [at, pending] of this.#waiting.entries()) {
      bytes += pending.record.length;
      if (group.length === GROUP_COMMANDS || (bytes > GROUP_BYTES && group.length > 0)) {
        kept.push(...this.#waiting.slice(at));
        break;
      }
      if (this.#fits(pending, closed)) group.push(pending);
      else kept.push(pending);
    }
    this.#waiting = kept;
    return group;
  }

  #fits({ request }: Pending, closed: Map<ConversationId, boolean>): boolean {
    const changes = request.rule.rule !== 'post';
    const before = closed.get(request.conversationId);
    const held = this.#held.size > 0 && this.#held.has(laneOf(request));
    const fits = !held && (before === undefined || (!before && !changes));
    if (!held) closed.set(request.conversationId, changes || !fits);
    return fits;
  }

  #settle(group: readonly Pending[], reply: Buffer): void {
    const again: Pending[] = [];
    const atRest = readAtRest(reply);
    for (const [index, pending] of group.entries()) {
      const status = readStatus(reply, index);
      if (status === 'appended' || status === 'repeated') {
        const receipt = readReceipt(reply, index, pending.request.conversationId);
        pending.resolve(status === 'appended' ? { outcome: status, receipt, atRest } : { outcome: status, receipt });
      } else if (status === 'look') void this.#look(pending, readGeneration(reply, index));
      else if (status === 'wait') again.push(pending);
      else pending.resolve({ outcome: 'refused', refusal: refusalOf(status) });
    }
    if (again.length > 0) this.#waiting = [...again, ...this.#waiting];
  }

  #fail(group: readonly Pending[], error: unknown): void {
    const verdict = this.#host.failed(error);
    if (verdict.retry) {
      this.#waiting = [...group, ...this.#waiting];
      return;
    }
    for (const pending of group) pending.resolve({ outcome: 'refused', refusal: verdict.refusal });
    this.refuseWaiting(verdict.refusal);
  }

  /** Older than every kept receipt: first the archive is asked, and what the device sent after it waits. */
  async #look(pending: Pending, generation: number): Promise<void> {
    const lane = laneOf(pending.request);
    this.#held.add(lane);
    let again: Pending[] = [];
    try {
      const found = await this.#host.look(pending.request);
      if (found) pending.resolve(found);
      else {
        setGeneration(pending.record, generation);
        again = [pending];
      }
    } catch (error) {
      const verdict = this.#host.failed(error);
      if (verdict.retry) again = [pending];
      else this.#refuseLane(pending, lane, verdict.refusal);
    }
    this.#held.delete(lane);
    this.#waiting = [...again, ...this.#waiting];
    this.#book();
  }

  #refuseLane(first: Pending, lane: string, refusal: Refusal): void {
    first.resolve({ outcome: 'refused', refusal });
    const followers = this.#waiting.filter((pending) => laneOf(pending.request) === lane);
    this.#waiting = this.#waiting.filter((pending) => laneOf(pending.request) !== lane);
    for (const pending of followers) pending.resolve({ outcome: 'refused', refusal: waitingRefusal });
  }
}

/** Commands of one lane land in call order. */
function laneOf({ conversationId, actor }: AppendRequest): string {
  return conversationId + actor.userId + actor.deviceId;
}
