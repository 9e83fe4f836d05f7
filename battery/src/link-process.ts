// Runs in a process of its own, started by server-links.ts: passes on what processes and their servers say to each other,
// so that clients, recorder and links of the battery don't wait for one another.
import type { Answer, LinkOrder, Order } from './server-links.ts';
import { TcpProxy } from './tcp-proxy.ts';

const links = new Map<number, TcpProxy>();

/** @returns the port of a link that was opened, or 0. */
async function obey(order: Order): Promise<number> {
  if (order.do === 'open') {
    const link = await TcpProxy.start({ port: order.target });
    links.set(link.port, link);
    return link.port;
  }
  const link = links.get(order.link);
  if (!link) throw new Error(`There is no link at port ${order.link}.`);
  act(link, order);
  return 0;
}

function act(link: TcpProxy, order: LinkOrder): void {
  if (order.do === 'latency') link.latency(order.milliseconds);
  else if (order.do === 'throttle') link.throttle(order.bytesPerSecond);
  else link[order.do]();
}

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  void obey(order).then((port) => process.send?.({ id, port } satisfies Answer));
});
