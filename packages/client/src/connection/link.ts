import type { SocketPushName, SocketPushOf, SocketReplyOf, SocketRequestName, SocketRequestOf } from '@parley/events';

/** A road to the server that is open now: a socket, or HTTP where sockets are blocked. */
export interface Link {
  /** Rejects with the server's refusal, or `unavailable` when no answer came: then it may have been done or not. */
  request<N extends SocketRequestName>(name: N, request: SocketRequestOf<N>): Promise<SocketReplyOf<N>>;
  close(): void;
}

/** Something the server said by itself, not checked yet. */
export type Push = { [N in SocketPushName]: { readonly name: N; readonly payload: SocketPushOf<N> } }[SocketPushName];

export interface LinkListener {
  push(push: Push): void;
  /** The link is of no use any more. `refusal` if the server said why. */
  closed(cause: string): void;
}
