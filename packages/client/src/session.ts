import {
  RefusalError,
  type HttpReplyOf,
  type HttpRequestOf,
  type HttpRouteName,
  type InviteView,
  type Refusal,
  type Session,
} from '@parley/events';
import { backOff } from './back-off.ts';
import { callRoute, type CallOptions, type ServerAddress } from './http.ts';
import { asRefusalError } from './refusals.ts';

/** @returns whether the server has no account yet and waits for its setup code. */
export async function setupNeeded(server: ServerAddress): Promise<boolean> {
  return (await callRoute(server, 'setupState', {})).needed;
}

/** Makes the workspace and its first admin. Refusals: `invalid` (wrong code), `conflict` (done already). */
export function setup(server: ServerAddress, request: HttpRequestOf<'setup'>): Promise<Session> {
  return callRoute(server, 'setup', { ...request, headless: server.headless ?? false });
}

/** @returns who invites to what. Refusals: `not_found` for an unknown, used up or old code. */
export function viewInvite(server: ServerAddress, code: string): Promise<InviteView> {
  return callRoute(server, 'invite', {}, { params: { code } });
}

/** Makes an account by invite. Refusals: `not_found` (invite), `conflict` (username taken), `invalid`. */
export function signUp(server: ServerAddress, request: HttpRequestOf<'signUp'>): Promise<Session> {
  return callRoute(server, 'signUp', { ...request, headless: server.headless ?? false });
}

/** Refusals: `unauthenticated` (name or password wrong), `rate_limited`. */
export function signIn(server: ServerAddress, request: HttpRequestOf<'signIn'>): Promise<Session> {
  return callRoute(server, 'signIn', { ...request, headless: server.headless ?? false });
}

/**
 * Goes on with an earlier session: by cookie in a browser, by `refreshToken` where there are no cookies.
 * Refusals: `unauthenticated` when there is no session (any more).
 */
export function resume(server: ServerAddress, refreshToken?: string): Promise<Session> {
  const request = refreshToken === undefined ? {} : { refreshToken };
  return inTurn(server, () => callRoute(server, 'refresh', request));
}

/** Tabs share the cookie, and a refresh token is good for one use: they take turns. */
function inTurn<T>(server: ServerAddress, work: () => Promise<T>): Promise<T> {
  return server.headless || !('locks' in navigator) ? work() : navigator.locks.request('parley-refresh', work);
}

export interface SessionListener {
  /** The session has new tokens. Headless clients keep `refreshToken` here. */
  renewed(session: Session): void;
  /** The server does not know the session any more; nothing brings it back. */
  lost(refusal: Refusal): void;
}

/** Renewed when a quarter of the token's life is left. */
const RENEW_AT = 0.75;
/** A local clock that is ahead must not make every fresh token look old. */
const SHORTEST_LIFE_MS = 60_000;
/** A token with less left is renewed before it is used. */
const SLACK_MS = 5_000;

const isFinal = (refusal: Refusal): boolean =>
  refusal.kind === 'unauthenticated' || refusal.kind === 'upgrade_required';

/** What waits in this client's outbox must never go out under another name. */
const somebodyElse: Refusal = {
  kind: 'unauthenticated',
  message: 'Somebody else is signed in in this browser now. Sign in again.',
};

/** Holds the tokens of one signed-in device and keeps them fresh: one renewal at a time. */
export class SessionKeeper {
  readonly #server: ServerAddress;
  readonly #listeners = new Set<SessionListener>();
  #session: Session;
  #goodUntil: number;
  #renewal: Promise<Session> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #lost: Refusal | null = null;
  #closed = false;

  constructor(server: ServerAddress, session: Session) {
    this.#server = server;
    this.#session = session;
    this.#goodUntil = 0;
    this.#take(session);
  }

  get session(): Session {
    return this.#session;
  }

  listen(listener: SessionListener): void {
    this.#listeners.add(listener);
  }

  /** @returns an access token that is good for some seconds at least. */
  async token(): Promise<string> {
    if (Date.now() < this.#goodUntil - SLACK_MS) return this.#session.accessToken;
    return (await this.renew()).accessToken;
  }

  /**
   * Gets new tokens now, unless the one that the server `refused` was replaced already: several calls and the socket
   * hear of an old token at once. Refusals: `unauthenticated` when the session is over, `unavailable`.
   */
  renew(refused?: string): Promise<Session> {
    if (refused !== undefined && refused !== this.#session.accessToken) return Promise.resolve(this.#session);
    if (this.#lost) return Promise.reject(new RefusalError(this.#lost));
    this.#renewal ??= resume(this.#server, this.#session.refreshToken)
      .then((session) => this.#renewed(session))
      .catch((fault: unknown) => this.#failed(fault))
      .finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  /** Calls a route as this user; a token that the server finds too old is renewed once. */
  async call<N extends HttpRouteName>(
    name: N,
    request: HttpRequestOf<N>,
    params: NonNullable<CallOptions['params']> = {},
    outlives = false,
  ): Promise<HttpReplyOf<N>> {
    const token = await this.token();
    try {
      return await callRoute(this.#server, name, request, { params, token, outlives });
    } catch (fault) {
      if (asRefusalError(fault).refusal.kind !== 'unauthenticated') throw fault;
      const { accessToken } = await this.renew(token);
      return callRoute(this.#server, name, request, { params, token: accessToken, outlives });
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #renewed(session: Session): Session {
    if (session.user.userId !== this.#session.user.userId) throw new RefusalError(somebodyElse);
    this.#take(session);
    for (const listener of this.#listeners) listener.renewed(session);
    return session;
  }

  #take(session: Session): void {
    this.#session = session;
    this.#attempt = 0;
    // A session that was kept without its token needs a new one before anything else.
    const isKept = session.accessToken === '';
    const life = isKept ? 0 : Math.max(session.accessExpiresAt - Date.now(), SHORTEST_LIFE_MS);
    this.#goodUntil = Date.now() + life;
    this.#plan(life * RENEW_AT);
  }

  #plan(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    // The listeners hear of a refusal; a renewal that only failed is planned again.
    this.#timer = setTimeout(() => void this.renew().catch(() => undefined), delay);
  }

  #failed(fault: unknown): never {
    const error = asRefusalError(fault);
    if (isFinal(error.refusal)) this.#lose(error.refusal);
    else this.#plan(1_000 + backOff(this.#attempt++, Infinity));
    throw error;
  }

  #lose(refusal: Refusal): void {
    if (this.#lost) return;
    this.#lost = refusal;
    clearTimeout(this.#timer);
    for (const listener of this.#listeners) listener.lost(refusal);
  }
}
