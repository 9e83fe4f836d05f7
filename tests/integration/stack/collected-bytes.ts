import { once } from 'node:events';
import type { AppProcess, StackOptions } from '@parley/stack';

/** Options of a stack whose nodes can be asked what they hold: Node's inspector, on a port that is free. */
export const INSPECTED: StackOptions = { envOf: { api: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } } };

/**
 * Has a node collect its garbage, which otherwise comes and goes by hundreds of MiB.
 * @param node of a stack that is `INSPECTED`.
 * @returns the memory that it holds then (RSS), in bytes. Rejects when the node does not run.
 */
export async function collectedBytes(node: AppProcess | undefined): Promise<number> {
  const url = /Debugger listening on (ws:\S+)/.exec(node?.output ?? '')?.[1];
  if (url === undefined) throw new Error('The node said nowhere that its inspector listens.');
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  inspector.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
  await once(inspector, 'message');
  inspector.close();
  const bytes = await node?.residentBytes();
  if (bytes === undefined) throw new Error('The node does not run.');
  return bytes;
}
