import {
  MAX_FRAME_BYTES,
  RefusalError,
  socketRequests,
  type Refusal,
  type SocketReply,
  type SocketReplyOf,
  type SocketRequestName,
  type SocketRequestOf,
  type z,
} from '@parley/events';
import type { ChatSocket } from '../delivery/chat-socket.ts';
import type { Limit } from '../limits/limit.ts';
import { TOO_LARGE } from './bounded-decoder.ts';
import { refusalOf } from './reply-error.ts';

/** What answers each request. May throw a RefusalError. */
export type RequestHandlers = {
  readonly [N in SocketRequestName]: (
    socket: ChatSocket,
    request: SocketRequestOf<N>,
  ) => SocketReplyOf<N> | Promise<SocketReplyOf<N>>;
};

/** One answered request, for logs and metrics. `error`: an unexpected fault, never shown to the client. */
export interface AnsweredRequest {
  readonly name: SocketRequestName;
  readonly ms: number;
  readonly refusal: Refusal | undefined;
  readonly error: unknown;
}

/** What stands around the handlers. */
export interface RequestSteps {
  /** Called before each request; may throw a RefusalError. */
  readonly before: (socket: ChatSocket) => void;
  readonly limit: Limit;
  /** Told about each answered request. */
  readonly answered: (request: AnsweredRequest) => void;
}

/** More unanswered requests than this of one socket are refused. */
const MAX_UNANSWERED = 256;

const unknown: Refusal = { kind: 'invalid', message: 'There is no such request. Look it up in the protocol.' };
const tooLarge: Refusal = {
  kind: 'too_large',
  message: `A request has at most ${MAX_FRAME_BYTES / 1_024} KiB. Send it in parts.`,
};

type Answer = (reply: SocketReply<unknown>) => void;

/**
 * Binds a socket's requests to their handlers: session, schema and limit first, then the handler; every outcome is a
 * typed reply, and no request can close the session or another one.
 */
export function answerRequests(socket: ChatSocket, handlers: RequestHandlers, steps: RequestSteps): void {
  let unanswered = 0;
  const on = (name: SocketRequestName): void => {
    const listener = async (given: unknown, acknowledge: unknown): Promise<void> => {
      const began = performance.now();
      const reply = acknowledge as Answer;
      if (typeof acknowledge !== 'function') return;
      unanswered += 1;
      const outcome = await answer(async () => {
        if (unanswered > MAX_UNANSWERED) throw new RefusalError(tooMany);
        steps.before(socket);
        const request = parse(name, given);
        await steps.limit(name, request, socket.data.actor);
        return handlers[name](socket, request as never);
      });
      unanswered -= 1;
      reply(outcome.reply);
      const refusal = outcome.reply.ok ? undefined : outcome.reply.refusal;
      steps.answered({ name, ms: performance.now() - began, refusal, error: outcome.error });
    };
    socket.on(name, listener);
  };
  for (const name of Object.keys(socketRequests) as SocketRequestName[]) on(name);
  refuseUnknown(socket);
}

const tooMany: Refusal = {
  kind: 'rate_limited',
  message: 'Too many requests are waiting for an answer. Send fewer at a time.',
  retryAfterMs: 500,
};

async function answer(run: () => Promise<unknown>): Promise<{ reply: SocketReply<unknown>; error?: unknown }> {
  try {
    return { reply: { ok: true, reply: await run() } };
  } catch (error) {
    const refusal = refusalOf(error);
    return { reply: { ok: false, refusal }, ...(refusal.kind === 'internal' && { error }) };
  }
}

function parse<N extends SocketRequestName>(name: N, given: unknown): SocketRequestOf<N> {
  const read = socketRequests[name].request.safeParse(given);
  if (read.success) return read.data as SocketRequestOf<N>;
  throw new RefusalError({ kind: 'invalid', message: invalidMessage(name, read.error) });
}

function invalidMessage(name: SocketRequestName, error: z.ZodError): string {
  const [issue] = error.issues;
  const where = issue?.path.slice(0, 6).map(String).join('.');
  return `The request ${name} is not valid${where ? ` at ${where}` : ''}. Look it up in the protocol.`;
}

function refuseUnknown(socket: ChatSocket): void {
  socket.onAny((name: string, ...args: unknown[]) => {
    const acknowledge = args.at(-1);
    if (Object.hasOwn(socketRequests, name) || typeof acknowledge !== 'function') return;
    (acknowledge as Answer)({ ok: false, refusal: name === TOO_LARGE ? tooLarge : unknown });
  });
}
