import type { Socket } from 'node:net';
import { once } from 'node:events';
import WebSocket from 'ws';

/**
 * Every system is driven over bare WebSocket frames, so that the load generator costs the same for all of them.
 * @param onFrame also gets the socket: the first frame may come before the returned promise is seen as resolved.
 */
export async function openFrames(url: string, onFrame: (frame: string, socket: WebSocket) => void): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => onFrame(data.toString('latin1'), socket));
  await once(socket, 'open');
  return socket;
}

const corked = new Set<Socket>();

/** Sends a frame. What one sender sends in one turn of the event loop leaves as one write, whatever the system. */
export function sendFrame(socket: WebSocket | undefined, frame: string): void {
  // The TCP connection below, which ws's types hide.
  const below = (socket as unknown as { readonly _socket?: Socket } | undefined)?._socket;
  if (!socket || !below) return;
  if (corked.size === 0) setImmediate(uncorkAll);
  if (!corked.has(below)) {
    corked.add(below);
    below.cork();
  }
  socket.send(frame);
}

function uncorkAll(): void {
  const sockets = [...corked];
  corked.clear();
  for (const socket of sockets) socket.uncork();
}
