import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, type ServerHandle } from '@parley/servers';
import { CentrifugeSocket } from '../load/centrifuge-socket.ts';
import { nodeOf, type System } from '../load/member.ts';

const source = fileURLToPath(new URL('../../baselines/centrifuge', import.meta.url));
const run = promisify(execFile);

/** Builds and starts two nodes on the Go library Centrifuge: baseline (c). @returns null where Go is not installed. */
export async function startCentrifuge(redis: ServerHandle): Promise<System | null> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-centrifuge-'));
  const program = join(folder, 'centrifuge');
  if (!(await build(program))) {
    await rm(folder, { recursive: true });
    return null;
  }
  const nodes = await Promise.all([0, 1].map(() => startNode(program, redis)));
  return {
    name: 'c: Centrifuge (Go), Redis broker with history',
    connect: async (place, heard) => {
      const url = nodes[nodeOf(place)]?.url ?? '';
      const socket = await CentrifugeSocket.open(url, `c${place.conversation}`, heard);
      return {
        send: (text, acked) => socket.publish(`{"from":"${place.member}","text":"${text}"}`, acked),
        close: () => socket.close(),
      };
    },
    pids: () => nodes.map((node) => node.child.pid ?? 0),
    stop: async () => {
      await Promise.all(
        nodes.map(({ child }) => {
          child.kill('SIGKILL');
          return once(child, 'exit');
        }),
      );
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns whether there is a Go toolchain and it could build the server. */
async function build(program: string): Promise<boolean> {
  try {
    await run('go', ['build', '-o', program, '.'], { cwd: source });
    return true;
  } catch (error) {
    console.error(`Baseline (c) is left out: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

async function startNode(program: string, redis: ServerHandle) {
  const port = await freePort();
  const child = spawn(program, [String(port), `127.0.0.1:${redis.port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { child, url: `ws://127.0.0.1:${port}/connection/websocket` };
}
