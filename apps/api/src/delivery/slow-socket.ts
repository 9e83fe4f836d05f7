/** More than this waiting for one socket, and it is cut; its client resyncs. */
export const MAX_QUEUED_BYTES = 1024 * 1024;
/**
 * What is being written counts as at most so much: one page of a sync may be larger than the bound, and who reads it over
 * a slow line must not be cut for the first live event behind it.
 */
const MAX_WRITING_BYTES = MAX_QUEUED_BYTES / 2;

/** A packet of Engine.IO, as it comes into the queue of a connection. */
interface Packet {
  readonly data?: string | { readonly byteLength: number };
  readonly options?: { readonly wsPreEncodedFrame?: readonly { readonly byteLength: number }[] };
}

/** The part of an Engine.IO connection over WebSocket that tells what comes into its queue and what leaves it. */
export interface QueueingConnection {
  readonly transport: {
    readonly writable: boolean;
    readonly socket?: { readonly bufferedAmount: number; terminate(): void };
  };
  on(event: 'packetCreate', listener: (packet: Packet) => void): unknown;
  on(event: 'flush', listener: () => void): unknown;
}

export interface QueueingSocket {
  readonly conn: QueueingConnection;
}

/** Bytes of the packets that wait behind what is being written; of that the WebSocket tells how much is left. */
interface Queue {
  bytes: number;
  cut: boolean;
}

const queues = new WeakMap<QueueingConnection, Queue>();

/**
 * Bounds what the process holds back for a socket, whatever it is: live events, answers, pings. The socket is cut when
 * another packet comes while too much waits.
 * @param cut called once, when that happens.
 */
export function boundQueue({ conn }: QueueingSocket, cut: () => void): void {
  // One connection is welcomed again when its client leaves the namespace and comes back.
  if (queues.has(conn)) return;
  const queue: Queue = { bytes: 0, cut: false };
  queues.set(conn, queue);
  conn.on('packetCreate', (packet) => {
    if (cutIfSlow({ conn })) cut();
    queue.bytes += bytesOf(packet);
  });
  conn.on('flush', () => (queue.bytes = 0));
}

/** @returns the bytes that wait in the process for a socket whose queue is bounded. */
export function queuedBytes({ conn }: QueueingSocket): number {
  return (queues.get(conn)?.bytes ?? 0) + writingBytes(conn);
}

/** Cuts a socket for which too much waits. @returns whether it was cut by this call. */
export function cutIfSlow({ conn }: QueueingSocket): boolean {
  const queue = queues.get(conn);
  // While nothing is being written, what waits has just come: it goes at the end of this turn.
  if (!queue || queue.cut || conn.transport.writable) return false;
  if (queue.bytes + Math.min(writingBytes(conn), MAX_WRITING_BYTES) <= MAX_QUEUED_BYTES) return false;
  queue.cut = true;
  // A close handshake would wait behind everything that is queued.
  conn.transport.socket?.terminate();
  return true;
}

function writingBytes({ transport }: QueueingConnection): number {
  return transport.socket?.bufferedAmount ?? 0;
}

/** A broadcast comes with its frame, which is made once for all of its sockets; so it need not be measured again. */
function bytesOf({ data = '', options }: Packet): number {
  const frames = options?.wsPreEncodedFrame;
  if (frames) return frames.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
}
