import type { SocketReplyOf, SocketRequestName, SocketRequestOf } from '@parley/events';
import type { SessionKeeper } from '../session.ts';
import type { Link, LinkListener } from './link.ts';

const POLL_MS = 2_000;

/**
 * Commands and catch-up by HTTP, where sockets are blocked. Instead of live events it asks for a sync every two
 * seconds; typing and presence are left out.
 */
export class HttpLink implements Link {
  readonly #keeper: SessionKeeper;
  readonly #poll: ReturnType<typeof setInterval>;

  constructor(keeper: SessionKeeper, listener: LinkListener) {
    this.#keeper = keeper;
    this.#poll = setInterval(() => listener.push({ name: 'resync', payload: {} }), POLL_MS);
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
