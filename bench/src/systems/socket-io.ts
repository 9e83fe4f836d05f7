import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort, type ServerHandle } from '@parley/servers';
import { nodeOf, type System } from '../load/member.ts';
import { SocketIoSocket } from '../load/socket-io-socket.ts';

const program = fileURLToPath(new URL('../../baselines/socket-io/node.ts', import.meta.url));

/**
 * Starts two nodes of the usual design.
 * @param store whether each message is inserted into MongoDB first: baseline (a); without it is baseline (b).
 */
export async function startSocketIo(redis: ServerHandle, mongo: ServerHandle, store: boolean): Promise<System> {
  const nodes = await Promise.all([0, 1].map(() => startNode(redis, mongo, store)));
  return {
    name: store ? 'a: Socket.IO, Redis pub/sub, MongoDB insert' : 'b: Socket.IO, Redis pub/sub, nothing stored',
    connect: async (place, heard) => {
      const room = `c${place.conversation}`;
      const url = nodes[nodeOf(place)]?.url ?? '';
      const socket = await SocketIoSocket.open({ url, query: `&room=${room}`, heard });
      let sent = 0;
      return {
        send: (text, acked) => {
          sent += 1;
          const id = `${room}-${place.member}-${sent}`;
          socket.request('send', `{"room":"${room}","id":"${id}","from":"${place.member}","text":"${text}"}`, () =>
            acked(true),
          );
        },
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
    },
  };
}

async function startNode(redis: ServerHandle, mongo: ServerHandle, store: boolean) {
  const port = await freePort();
  const child = fork(program, [String(port), redis.url, store ? mongo.url : 'none'], { stdio: 'inherit' });
  await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}` };
}
