import {
  API,
  httpRoutes,
  MAX_FRAME_BYTES,
  newId,
  RefusalError,
  type ConversationId,
  type HttpReplyOf,
  type HttpRouteName,
  type UserId,
  type z,
} from '@parley/events';
import type { Access } from '@parley/events/log';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { unauthenticated, type Identity, type Verified } from '../accounts/access-token.ts';
import type { Asker, Limit } from '../limits/limit.ts';
import type { Logger } from '../logger.ts';
import { isForeign } from './origin.ts';
import { refreshCookie } from './refresh-cookie.ts';
import { notFound, refusalOf, replyRefusal } from './reply-error.ts';
import { pathParts, type Call, type Handlers } from './route.ts';

export interface RouteOptions {
  readonly handlers: Handlers;
  /** Verifies an access token and that its session still lives. */
  readonly authenticate: (token: string) => Verified;
  /** @returns what the user may do in a conversation; rejects with `not_found` where reading is not allowed. */
  readonly enter: (userId: UserId, conversationId: ConversationId) => Promise<Access>;
  readonly limit: Limit;
  readonly origins: readonly string[];
  readonly secure: boolean;
  readonly logger: Logger;
}

/** Replies that carry a token: never compressed, so that their length tells nothing (BREACH), and never stored. */
const secretReplies: readonly HttpRouteName[] = ['setup', 'signUp', 'signIn', 'refresh'];

const parseJson: RequestHandler = express.json({ limit: MAX_FRAME_BYTES, inflate: false, type: 'application/json' });
const routeNames = Object.keys(httpRoutes) as HttpRouteName[];

/**
 * Every route of the contract, each through the same steps: origin, session, path, right to the conversation, size and
 * form of the request, limit, handler, reply. What fails is answered as problem+json.
 */
export function createRoutes(options: RouteOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  // `/users/online` must be asked before `/users/:…` would be; fixed paths come first.
  const inOrder = [...routeNames].sort(
    (a, b) => Number(httpRoutes[a].path.includes(':')) - Number(httpRoutes[b].path.includes(':')),
  );
  for (const name of inOrder) {
    const { method, path } = httpRoutes[name];
    const answer = (request: Request, response: Response): Promise<void> => answerOne(name, options, request, response);
    if (method === 'GET') router.get(path, answer);
    else router.post(path, answer);
  }
  return router;
}

async function answerOne(
  name: HttpRouteName,
  options: RouteOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const requestId = newId();
  const began = performance.now();
  response.set({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store' });
  try {
    const reply = await perform(name, options, request, response);
    response.status(200).json(reply);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.kind === 'internal') options.logger.error({ requestId, route: name, error }, 'a request failed');
    if (!response.headersSent) replyRefusal(response, refusal, requestId);
  }
  const ms = Math.round(performance.now() - began);
  options.logger.debug({ requestId, route: name, status: response.statusCode, ms }, 'answered');
}

async function perform<N extends HttpRouteName>(
  name: N,
  options: RouteOptions,
  request: Request,
  response: Response,
): Promise<HttpReplyOf<N>> {
  response.locals.secret = secretReplies.includes(name);
  if (isForeign(request, options.origins)) {
    throw new RefusalError({ kind: 'invalid', message: 'This request comes from another site. Open Parley itself.' });
  }
  const { access: needed, request: schema } = httpRoutes[name];
  const identity = needed === 'public' ? undefined : identify(request, options);
  const path = readPath(request);
  const access = needed === 'member' ? await enter(identity, path.conversationId, options) : undefined;
  const input = await readRequest(schema, request, response);
  await options.limit(name, input, identity ?? visitor(request));
  const cookie = refreshCookie(request, response, options.secure);
  // The route's own table says which of these are there; the types of `Call` say the same.
  const call = { request: input, path, identity, access, cookie } as unknown as Call<N>;
  return options.handlers[name](call);
}

function identify(request: Request, options: RouteOptions): Identity {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined) throw new RefusalError(unauthenticated);
  const verified = options.authenticate(token);
  if ('refusal' in verified) throw new RefusalError(verified.refusal);
  return verified.identity;
}

function visitor(request: Request): Asker {
  return { address: request.socket.remoteAddress ?? '' };
}

function readPath(request: Request): Record<string, string> {
  const parts = Object.entries(request.params).map(([name, value]) => {
    const read = pathParts[name as keyof typeof pathParts].safeParse(value);
    if (!read.success) throw new RefusalError(notFound);
    return [name, read.data] as const;
  });
  return Object.fromEntries(parts);
}

async function enter(identity: Identity | undefined, conversationId = '', options: RouteOptions): Promise<Access> {
  if (!identity) throw new RefusalError(unauthenticated);
  return options.enter(identity.userId, conversationId as ConversationId);
}

async function readRequest(schema: z.ZodType, request: Request, response: Response): Promise<unknown> {
  const input = request.method === 'GET' ? request.query : await readBody(request, response);
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  throw new RefusalError({ kind: 'invalid', message: `${faultIn(read.error)} Correct it and send it again.` });
}

async function readBody(request: Request, response: Response): Promise<unknown> {
  await new Promise<void>((resolve, reject) => {
    parseJson(request, response, (error?: unknown) => {
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });
  if (request.body !== undefined) return request.body;
  if (Number(request.headers['content-length'] ?? 0) === 0 && !request.headers['transfer-encoding']) return {};
  throw new RefusalError({ kind: 'invalid', message: 'The request has to be JSON. Send it as application/json.' });
}

/** Names the field, never its value. */
function faultIn(error: z.ZodError): string {
  const issue = error.issues[0];
  const at = issue?.path.map(String).join('.') ?? '';
  return at === '' ? 'The request does not have the right fields.' : `The field \`${at.slice(0, 80)}\` is not valid.`;
}

/** @returns the address below which all of this stands. */
export const routesBase = API;
