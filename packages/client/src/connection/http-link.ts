import type { SocketReplyOf, SocketRequestName, SocketRequestOf } from '@parley/events';
import type { SessionKeeper } from '../session.ts';
import type { Link, Push } from './link.ts';

const POLL_MS = 2_000;
/** Every so many polls what a sync does not say is asked for, too. */
const STALE_AFTER = 4;

export interface HttpLinkListener {
  push(push: Push): void;
  /** What only a socket tells has not been heard for a while: marks of others, the list, who is online. */
  stale(): void;
}

/**
 * Commands and catch-up by HTTP, where sockets are blocked. Instead of live events it asks for a sync every two
 * seconds; typing is left out.
 */
export class HttpLink implements Link {
  readonly #keeper: SessionKeeper;
  readonly #poll: ReturnType<typeof setInterval>;

  constructor(keeper: SessionKeeper, listener: HttpLinkListener) {
    this.#keeper = keeper;
    let polls = 0;
    this.#poll = setInterval(() => {
      listener.push({ name: 'resync', payload: {} });
      polls += 1;
      if (polls % STALE_AFTER === 0) listener.stale();
    }, POLL_MS);
  }

  async request<N extends SocketRequestName>(name: N, request: SocketRequestOf<N>): Promise<SocketReplyOf<N>> {
    return (await this.#send(name, request)) as SocketReplyOf<N>;
  }

  close(): void {
    clearInterval(this.#poll);
  }

  async #send(name: SocketRequestName, request: object): Promise<unknown> {
    switch (name) {
      case 'command':
        return this.#keeper.call('command', request as SocketRequestOf<'command'>);
      case 'sync':
        return this.#keeper.call('sync', request as SocketRequestOf<'sync'>);
      case 'mark':
        return this.#keeper.call('mark', request as SocketRequestOf<'mark'>);
      case 'typing':
      case 'authenticate':
        return {};
    }
  }
}
