import type { SocketReply, SyncPage } from '@parley/events';
import type { SocketIoSocket } from './socket-io-socket.ts';

/**
 * @param request a `sync` request of the protocol, unchecked.
 * @returns one page; rejects when it is refused, or when the socket closes before.
 */
export async function syncPage(socket: SocketIoSocket, request: object): Promise<SyncPage> {
  const answer = new Promise<string>((answered) => socket.request('sync', JSON.stringify(request), answered));
  const cut = socket.closed.then(() => Promise.reject(new Error('The socket closed before the answer.')));
  const [reply] = JSON.parse(await Promise.race([answer, cut])) as [SocketReply<SyncPage>];
  if (!reply.ok) throw new Error(`The sync was refused: ${reply.refusal.message}`);
  return reply.reply;
}
