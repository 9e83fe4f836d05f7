/** More than this waiting for one socket, and it is cut; its client resyncs. */
export const MAX_QUEUED_BYTES = 1024 * 1024;

/** The part of an Engine.IO connection over WebSocket that tells what waits in it. */
export interface QueueingSocket {
  readonly conn: {
    readonly writeBuffer: readonly { readonly data?: string | { readonly byteLength: number } }[];
    readonly transport: { readonly socket?: { readonly bufferedAmount: number; terminate(): void } };
  };
}

/** Every how many packets of a queue its bytes are counted, between two sweeps. */
const countEvery = 32;

/** @returns the bytes that wait in the process for a socket. */
export function queuedBytes({ conn }: QueueingSocket): number {
  let bytes = conn.transport.socket?.bufferedAmount ?? 0;
  for (const { data } of conn.writeBuffer) {
    if (data !== undefined) bytes += typeof data === 'string' ? data.length : data.byteLength;
  }
  return bytes;
}

/** Cuts a socket for which too much waits. @returns whether it was cut. */
export function cutIfSlow(socket: QueueingSocket): boolean {
  if (queuedBytes(socket) <= MAX_QUEUED_BYTES) return false;
  // A close handshake would wait behind everything that is queued.
  socket.conn.transport.socket?.terminate();
  return true;
}

/** The same on the hot path: looks only when a queue has grown by another few packets. */
export function cutIfGrown(socket: QueueingSocket): boolean {
  const waiting = socket.conn.writeBuffer.length;
  return waiting > 0 && waiting % countEvery === 0 && cutIfSlow(socket);
}
