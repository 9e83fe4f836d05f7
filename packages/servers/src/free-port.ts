import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what systems give out by themselves (Linux: from 32768 on), so that no outgoing connection takes one meanwhile. */
const FIRST = 20_000;
const COUNT = 12_000;

/** Each process begins elsewhere and names no port twice in a row: a port stays free until its caller binds it. */
let next = randomInt(COUNT);

/**
 * @returns a TCP port that is free on `host` now; the caller should bind it soon. Rejects when all from 20,000 to 31,999
 * are taken.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tried = 0; tried < COUNT; tried += 1) {
    const port = FIRST + (next++ % COUNT);
    if (await isPortFree(port, host)) return port;
  }
  throw new Error(`All ports from ${FIRST} to ${FIRST + COUNT - 1} of ${host} are taken. Stop what holds them.`);
}

/** @returns whether this process could listen on `port` of `host` now. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
