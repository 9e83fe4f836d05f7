import { setTimeout as delay } from 'node:timers/promises';
import { PROTOCOL_VERSION, type ConversationId } from '@parley/events';
import { SocketIoSocket } from '../load/socket-io-socket.ts';
import { syncPage } from '../load/sync-page.ts';
import type { HttpAccount } from './http-account.ts';

/**
 * Waits until the server says that the archive holds a conversation up to `seq`: a page asks the log for what lies
 * behind that.
 */
export async function untilArchived(
  url: string,
  account: HttpAccount,
  conversationId: ConversationId,
  seq: number,
): Promise<void> {
  const auth = { token: await account.token(), protocol: PROTOCOL_VERSION };
  const socket = await SocketIoSocket.open({ url, auth, heard: () => undefined });
  for (;;) {
    const page = await syncPage(socket, { positions: {}, unarchived: [conversationId] });
    const found = page.conversations.find((one) => one.conversationId === conversationId);
    if ((found?.archived ?? 0) >= seq) break;
    await delay(200);
  }
  socket.close();
}
