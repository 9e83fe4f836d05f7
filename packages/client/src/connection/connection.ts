import type { Refusal, SocketReplyOf, SocketRequestName, SocketRequestOf } from '@parley/events';
import { backOff } from '../back-off.ts';
import type { ConnectionState } from '../chat-client.ts';
import { asRefusalError, unreachable } from '../refusals.ts';
import type { SessionKeeper } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { HttpLink } from './http-link.ts';
import type { Link, Push } from './link.ts';
import { SocketLink } from './socket-link.ts';

/** `auto`: a socket, and HTTP while sockets are blocked though the server answers. `http`: never a socket. */
export type Transport = 'auto' | 'http';

export interface ConnectionListener {
  changed(): void;
  /** The road is open: a new one, whatever was recovered. */
  opened(): void;
  lost(): void;
  push(push: Push): void;
  /** What only a socket tells has not been heard for a while. */
  stale(): void;
}

/** So many sockets in a row fail before HTTP is tried. */
const BLOCKED_AFTER = 2;
/** How often a client on HTTP tries a socket again. */
const SOCKET_AGAIN_MS = 30_000;

/**
 * The connection as an explicit state machine: `connecting` → `online` → `waiting` → `connecting` …, `offline` while
 * the place has no network, `signed-out` for good. Every way out of `online` leads to another attempt, also when the
 * server itself ended it.
 */
export class Connection {
  readonly #keeper: SessionKeeper;
  readonly #surroundings: Surroundings;
  readonly #transport: Transport;
  readonly #listener: ConnectionListener;
  readonly #socket: SocketLink;
  readonly #stopListening: () => void;
  #state: ConnectionState = { state: 'connecting', since: Date.now() };
  #link: Link | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #blocked = 0;
  #seenAt = Date.now();
  /** Rises with every attempt: what an older one still reports is not heard. */
  #round = 0;
  #over = false;

  constructor(
    baseUrl: string,
    keeper: SessionKeeper,
    surroundings: Surroundings,
    transport: Transport,
    listener: ConnectionListener,
  ) {
    this.#keeper = keeper;
    this.#surroundings = surroundings;
    this.#transport = transport;
    this.#listener = listener;
    this.#socket = new SocketLink(baseUrl, {
      push: (push) => this.#pushed(push),
      closed: (cause) => this.#socketClosed(cause),
    });
    this.#stopListening = surroundings.onNetwork((there) => this.#network(there));
    keeper.listen({
      renewed: (session) => this.#authenticate(session.accessToken),
      lost: (refusal) => this.#signedOut(refusal),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Begins to connect. */
  start(): void {
    void this.#connect();
  }

  /** Asks over whatever road is open. Rejects with a `RefusalError`: `unavailable` when none is. */
  async request<N extends SocketRequestName>(name: N, request: SocketRequestOf<N>): Promise<SocketReplyOf<N>> {
    const link = this.#link;
    if (!link) throw unreachable(new Error('There is no connection.'));
    const reply = await link.request(name, request).catch((fault: unknown) => this.#requestFailed(link, fault));
    this.#seenAt = Date.now();
    return reply;
  }

  /** The client is up to date over this connection: the next failure starts with short waits again. */
  proven(): void {
    this.#attempt = 0;
  }

  /** Tries at once instead of waiting. */
  reconnect(): void {
    if (this.#over || this.#state.state === 'online' || this.#state.state === 'connecting') return;
    clearTimeout(this.#timer);
    void this.#connect();
  }

  close(): void {
    this.#over = true;
    this.#stopListening();
    this.#drop();
  }

  async #connect(): Promise<void> {
    this.#drop();
    const round = ++this.#round;
    if (this.#surroundings.hasNetwork()) this.#set({ state: 'connecting', since: this.#trySince() });
    try {
      const link = await this.#open(round);
      if (round === this.#round) this.#opened(link);
      else if (link !== this.#socket) link.close();
    } catch (fault) {
      if (round === this.#round) this.#failed(asRefusalError(fault).refusal);
    }
  }

  async #open(round: number): Promise<Link> {
    if (this.#transport === 'http') return this.#openHttp();
    // Without a network a probe by HTTP goes first: some browsers let sockets hang.
    if (!this.#surroundings.hasNetwork()) await this.#keeper.call('setupState', {});
    const token = await this.#keeper.token();
    if (round !== this.#round) throw unreachable(new Error('A newer attempt took over.'));
    try {
      await this.#socket.open(token);
      this.#blocked = 0;
      return this.#socket;
    } catch (fault) {
      return this.#withoutSocket(fault, token);
    }
  }

  async #withoutSocket(fault: unknown, token: string): Promise<Link> {
    const { refusal } = asRefusalError(fault);
    // The token may have been taken back while the socket was away: a fresh one decides.
    if (refusal.kind === 'unauthenticated') await this.#keeper.renew(token);
    if (refusal.kind !== 'unavailable' || ++this.#blocked < BLOCKED_AFTER) throw fault;
    return this.#openHttp();
  }

  async #openHttp(): Promise<Link> {
    await this.#keeper.call('setupState', {});
    return new HttpLink(this.#keeper, {
      push: (push) => this.#pushed(push),
      stale: () => this.#listener.stale(),
    });
  }

  #opened(link: Link): void {
    this.#link = link;
    this.#seenAt = Date.now();
    // A server that ends a socket at once does so before anybody here holds it.
    if (link === this.#socket && !this.#socket.isOpen) {
      this.#lose('The server ended the connection at once.');
      return;
    }
    this.#set({ state: 'online' });
    this.#listener.opened();
    if (link !== this.#socket && this.#transport === 'auto') this.#trySocketLater(link);
  }

  /** HTTP carries on meanwhile. */
  #trySocketLater(link: Link): void {
    this.#timer = setTimeout(() => {
      this.#swap(link).catch(() => {
        if (this.#link === link) this.#trySocketLater(link);
      });
    }, SOCKET_AGAIN_MS);
  }

  async #swap(link: Link): Promise<void> {
    const token = await this.#keeper.token();
    if (this.#link !== link) return;
    await this.#socket.open(token);
    link.close();
    this.#blocked = 0;
    this.#opened(this.#socket);
  }

  #socketClosed(cause: string): void {
    if (this.#link === this.#socket) this.#lose(cause);
  }

  /** An answer that did not come says that the road is dead, even if nobody noticed yet. */
  #requestFailed(link: Link, fault: unknown): never {
    const error = asRefusalError(fault);
    const noAnswer = error.refusal.kind === 'unavailable' && error.cause !== undefined;
    if (noAnswer && this.#link === link) this.#lose('The server did not answer in time.');
    else if (error.refusal.kind === 'unauthenticated') void this.#keeper.renew().catch(() => undefined);
    throw error;
  }

  #lose(cause: string): void {
    this.#drop();
    if (this.#over) return;
    this.#listener.lost();
    this.#wait(cause, 0);
  }

  #failed(refusal: Refusal): void {
    if (this.#state.state === 'signed-out') return;
    if (refusal.kind === 'upgrade_required') this.#signedOut(refusal);
    else this.#wait(refusal.message, refusal.retryAfterMs ?? 0);
  }

  #wait(cause: string, atLeast: number): void {
    const delay = Math.max(atLeast, backOff(this.#attempt++, Date.now() - this.#seenAt));
    this.#set(
      this.#surroundings.hasNetwork()
        ? { state: 'waiting', since: this.#trySince(), retryAt: Date.now() + delay, cause }
        : { state: 'offline', since: this.#trySince() },
    );
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), delay);
  }

  /** The node is about to stop: leaves at a random moment, so that not all come to the others at once. */
  #drain(withinMs: number): void {
    const link = this.#link;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#link !== link) return;
      this.#drop();
      this.#listener.lost();
      void this.#connect();
    }, Math.random() * withinMs);
  }

  #pushed(push: Push): void {
    this.#seenAt = Date.now();
    if (push.name === 'drain') this.#drain(push.payload.withinMs);
    else this.#listener.push(push);
  }

  #network(there: boolean): void {
    if (this.#over || this.#state.state === 'signed-out') return;
    if (!there) this.#lose('There is no network.');
    else if (this.#state.state !== 'online') {
      this.#attempt = 0;
      clearTimeout(this.#timer);
      void this.#connect();
    }
  }

  #authenticate(token: string): void {
    const link = this.#link;
    // A socket that could not take the new token is ended by the server, and comes back with it.
    void link?.request('authenticate', { token }).catch(() => undefined);
  }

  #signedOut(refusal: Refusal): void {
    const wasOnline = this.#link !== null;
    this.#over = true;
    this.#stopListening();
    this.#drop();
    const outdated = refusal.kind === 'upgrade_required';
    this.#set({ state: 'signed-out', cause: refusal.message, ...(outdated && { outdated }) });
    if (wasOnline) this.#listener.lost();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
    const link = this.#link;
    this.#link = null;
    link?.close();
    if (link !== this.#socket) this.#socket.close();
  }

  /** Since when there is no connection: a person counts from then, not from the last attempt. */
  #trySince(): number {
    const { state } = this;
    return 'since' in state ? state.since : Date.now();
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#listener.changed();
  }
}
