import type { Stack } from '@parley/stack';

import { SocketBlocker } from './socket-blocker.ts';

/** Proxies in front of every node that pass every request and no socket; `apis` is where people find the nodes then. */
export interface BlockedNodes extends AsyncDisposable {
  readonly apis: readonly { readonly url: string }[];
  readonly blockers: readonly SocketBlocker[];
}

/** Starts one in front of each node of a stack. */
export async function blockSockets({ apis }: Stack): Promise<BlockedNodes> {
  const blockers = await Promise.all(apis.map(({ url }) => SocketBlocker.start(url)));
  return {
    apis: blockers,
    blockers,
    async [Symbol.asyncDispose]() {
      await Promise.all(blockers.map((blocker) => blocker.close()));
    },
  };
}
