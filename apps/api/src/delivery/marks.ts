import {
  RefusalError,
  type ConversationId,
  type Epoch,
  type Mark,
  type MarkRequest,
  type UserId,
} from '@parley/events';
import { raiseMark, type Access, type EventLog } from '@parley/events/log';
import type { Redis } from 'ioredis';

export interface MarkPorts {
  readonly log: Pick<EventLog, 'access' | 'shared'>;
  /** A client of the log Redis that fails fast. */
  readonly redis: Redis;
  /** Tells the conversation's members, on every node. */
  readonly announce: (mark: Mark) => void;
}

/** Raises a member's marks. */
export type RaiseMark = (userId: UserId, request: MarkRequest) => Promise<void>;

/**
 * @returns how this node raises marks.
 * @throws (the function) RefusalError `not_found` for who is not a member, `unavailable` when the log Redis is away.
 */
export function createMarks(ports: MarkPorts): RaiseMark {
  return async (userId, request) => {
    const [access] = await ports.log.access(userId, [request.conversationId]);
    if (!access?.role || access.conversation.kind === 'directory') throw notFound();
    const { conversationId, epoch } = access.conversation;
    const clamp = await lastHeld(ports, access, request);
    const [read, delivered] = [Math.min(request.read ?? 0, clamp), Math.min(request.delivered ?? 0, clamp)];
    const shared = (older: Epoch): Promise<number> => ports.log.shared(conversationId, older);
    const raise = { conversationId, userId, epoch, read, delivered };
    const { mark, raised } = await raiseMark(ports.redis, raise, shared).catch(unavailable);
    if (raised) ports.announce(mark);
  };
}

async function lastHeld(ports: MarkPorts, access: Access, request: MarkRequest): Promise<number> {
  const { conversationId, epoch, head } = access.conversation;
  if (request.epoch === epoch) return head;
  return ports.log.shared(conversationId satisfies ConversationId, request.epoch);
}

function notFound(): RefusalError {
  return new RefusalError({ kind: 'not_found', message: 'There is no such conversation, or you are not in it.' });
}

function unavailable(cause: unknown): never {
  if (cause instanceof RefusalError) throw cause;
  throw new RefusalError({ kind: 'unavailable', message: 'Marks can not be kept now. Try again.' }, { cause });
}
