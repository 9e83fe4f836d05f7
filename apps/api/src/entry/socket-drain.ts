import type { ChatServer } from '../delivery/chat-socket.ts';
import type { QueueingSocket } from '../delivery/slow-socket.ts';

/** How long a closing handshake may take before the connection is cut, in milliseconds. */
const CLOSING_MS = 500;

/**
 * Asks all sockets of this node to go elsewhere, waits until they are gone or the time is over, and closes the rest. To
 * Socket.IO these closings are ones after which a session may be recovered.
 */
export async function closeSockets(io: ChatServer, withinMs: number): Promise<void> {
  const { sockets } = io.of('/');
  if (sockets.size > 0) {
    io.local.emit('drain', { withinMs });
    await untilEmpty(io, withinMs);
  }
  const left = [...sockets.values()];
  // Not io.close(): that would close the HTTP server too, which is not ours.
  io.engine.close();
  if (left.length === 0) return;
  await new Promise((done) => setTimeout(done, CLOSING_MS));
  for (const socket of left) (socket as unknown as QueueingSocket).conn.transport.socket?.terminate();
}

async function untilEmpty(io: ChatServer, withinMs: number): Promise<void> {
  const { sockets } = io.of('/');
  await new Promise<void>((resolve) => {
    const over = setTimeout(resolve, withinMs);
    const look = (): void => {
      if (sockets.size > 0) return;
      clearTimeout(over);
      resolve();
    };
    for (const socket of sockets.values()) socket.once('disconnect', () => setImmediate(look));
  });
}
