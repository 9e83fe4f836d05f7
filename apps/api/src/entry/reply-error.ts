import { errorKinds, RefusalError, type ErrorKind, type Problem, type Refusal } from '@parley/events';
import type { Response } from 'express';
import { MongoNetworkError, MongoServerSelectionError } from 'mongodb';

const titles: Readonly<Record<ErrorKind, string>> = {
  invalid: 'The request is not valid',
  unauthenticated: 'Not signed in',
  not_found: 'Not found',
  conflict: 'In conflict with what is there',
  last_owner: 'Somebody has to own it',
  stale_target: 'The target has moved',
  too_large: 'Too large',
  upgrade_required: 'The client is too old',
  rate_limited: 'Too many requests',
  internal: 'A fault of the server',
  unavailable: 'Not available now',
  log_full: 'The log is full',
  waiting: 'Waiting for an earlier command',
  not_ready: 'This node is not ready',
};

export const notFound: Refusal = { kind: 'not_found', message: 'There is nothing here, or you may not see it.' };
const internal: Refusal = {
  kind: 'internal',
  message: 'Something went wrong on the server. Try again; if it stays, tell its operator the request id.',
};
const unavailable: Refusal = {
  kind: 'unavailable',
  message: 'The server can not reach its database. Try again in a moment.',
  retryAfterMs: 1_000,
};

/** @returns what a client is told of anything that was thrown; a fault never tells its detail. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  if (error instanceof MongoServerSelectionError || error instanceof MongoNetworkError) return unavailable;
  return refusedByParser(error) ?? internal;
}

/** @returns a refusal as the wire carries it (RFC 9457). */
export function problemOf(refusal: Refusal, requestId: string): Problem {
  const { kind, message, retryAfterMs } = refusal;
  return {
    type: 'about:blank',
    title: titles[kind],
    status: errorKinds[kind].status,
    code: kind,
    detail: message,
    requestId,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Answers with a refusal. */
export function replyRefusal(response: Response, refusal: Refusal, requestId: string): void {
  const problem = problemOf(refusal, requestId);
  if (problem.retryAfterMs !== undefined) response.set('Retry-After', String(Math.ceil(problem.retryAfterMs / 1_000)));
  if (refusal.kind === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Express' body parser marks what the client did wrong with a status. */
function refusedByParser(error: unknown): Refusal | undefined {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  if (status === 413) return { kind: 'too_large', message: 'The request is too large. Send less at once.' };
  if (status >= 400 && status < 500) {
    return { kind: 'invalid', message: 'The request can not be read. Send plain JSON as application/json.' };
  }
  return undefined;
}
