import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ServerHandle } from '@parley/servers';

/**
 * @returns the process that a server really is where `pid` is a tracer above it; killing the tracer would only let the
 * server go.
 */
export async function tracedPid(server: ServerHandle): Promise<number> {
  const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
  const [child] = children.trim().split(' ');
  if (!child) throw new Error('The tracer has no child: is the server gone?');
  return Number(child);
}

/** Kills a traced server, so that its tracer ends with it. */
export async function killTraced(server: ServerHandle): Promise<void> {
  const pid = await tracedPid(server);
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await delay(20);
  await server.gone();
}

/** Kills a traced server and removes what it leaves. */
export async function endTraced(server: ServerHandle): Promise<void> {
  if (server.pid !== 0) await killTraced(server);
  await server.stop();
}
