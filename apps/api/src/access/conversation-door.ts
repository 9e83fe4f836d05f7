import { RefusalError, type ConversationId, type UserId } from '@parley/events';
import type { Access, EventLog } from '@parley/events/log';
import type { Database } from '@parley/read-models';
import { keptAccess } from './kept-access.ts';
import { asReader } from './may-read.ts';

/** Lets readers into conversations. By the log, which knows of every removal; by the read models while it is away. */
export class ConversationDoor {
  readonly #log: Pick<EventLog, 'access'>;
  readonly #database: Database;

  constructor(log: Pick<EventLog, 'access'>, database: Database) {
    this.#log = log;
    this.#database = database;
  }

  /**
   * @returns what the user may read now.
   * @throws RefusalError `not_found`, the same for what does not exist and for what they may not read.
   */
  async enter(userId: UserId, conversationId: ConversationId): Promise<Access> {
    const [access] = await this.#accessTo(userId, conversationId);
    const reader = asReader(access);
    if (reader) return reader;
    throw new RefusalError({ kind: 'not_found', message: 'There is nothing here, or you may not see it.' });
  }

  async #accessTo(userId: UserId, conversationId: ConversationId): Promise<(Access | undefined)[]> {
    try {
      return await this.#log.access(userId, [conversationId]);
    } catch (error) {
      if (!isAway(error)) throw error;
      return [await keptAccess(this.#database, userId, conversationId)];
    }
  }
}

/** @returns whether an error says that the log is away. */
export function isAway(error: unknown): boolean {
  return error instanceof RefusalError && error.refusal.kind === 'unavailable';
}

/** @returns the error that says so. */
export function away(cause: unknown): RefusalError {
  const message = 'The log is out of reach at the moment. Try again.';
  return new RefusalError({ kind: 'unavailable', message, retryAfterMs: 500 }, { cause });
}
