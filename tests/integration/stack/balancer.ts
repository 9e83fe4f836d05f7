import { TcpProxy } from '@parley/battery/tcp-proxy';
import type { Stack } from '@parley/stack';

/** A TCP load balancer on loopback: each new connection goes to the next api node that runs. */
export async function balance(stack: Stack): Promise<TcpProxy> {
  let turn = 0;
  return TcpProxy.start(() => {
    const running = stack.apis.filter((api) => api.process.running);
    const next = running[(turn += 1) % running.length] ?? stack.apis[0];
    return { port: Number(new URL(next?.url ?? 'http://127.0.0.1:9').port) };
  });
}
