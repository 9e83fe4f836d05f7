import { textFrame } from './text-frame.ts';

/** A packet of Engine.IO as it waits for its transport. */
interface Packet {
  readonly type: string;
  readonly data?: unknown;
  readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] };
}

/** What Engine.IO's types hide, of exactly the pinned version (engine.io/build/transports/websocket.js). */
interface WebSocketTransport {
  readonly name: string;
  writable: boolean;
  readonly socket?: { readonly _sender?: { sendFrame(list: readonly Buffer[], sent: unknown): void } };
  readonly _onSentLast?: unknown;
  send(packets: readonly Packet[]): void;
}

/** A connection of Engine.IO (engine.io/build/socket.js). */
export interface EngineSocket {
  readonly transport: WebSocketTransport;
  readonly writeBuffer: readonly Packet[];
  flush(): void;
}

/** Engine.IO's numbers of the packets that a server sends (protocol 4). */
const packetTypes: Readonly<Record<string, string>> = {
  open: '0',
  close: '1',
  ping: '2',
  pong: '3',
  message: '4',
  noop: '6',
};

const due = new Set<EngineSocket>();
const flushes = new WeakMap<EngineSocket, () => void>();

/**
 * Lets a connection write once in each turn of the event loop: answers and live events that come up together leave as one
 * write to the system, which costs more than everything else about a frame.
 */
export function gatherWrites(connection: EngineSocket): void {
  flushes.set(connection, connection.flush.bind(connection));
  connection.flush = () => {
    if (connection.writeBuffer.length === 0) return;
    if (due.size === 0) setImmediate(flushAll);
    due.add(connection);
  };
  const { transport } = connection;
  if (transport.name !== 'websocket') return;
  const stock = transport.send.bind(transport);
  transport.send = (packets) => {
    if (!sendAtOnce(transport, packets)) stock(packets);
  };
}

function flushAll(): void {
  const connections = [...due];
  due.clear();
  for (const connection of connections) flushes.get(connection)?.();
}

/** @returns false for what is not plain text or is not ready for it; the transport's own way takes that. */
function sendAtOnce(transport: WebSocketTransport, packets: readonly Packet[]): boolean {
  const sender = transport.socket?._sender;
  if (!sender) return false;
  const frames: Buffer[] = [];
  for (const { type, data = '', options } of packets) {
    const number = packetTypes[type];
    if (options?.wsPreEncodedFrame) frames.push(...options.wsPreEncodedFrame);
    else if (typeof data === 'string' && number !== undefined) frames.push(textFrame(number + data));
    else return false;
  }
  transport.writable = false;
  const [only] = frames;
  sender.sendFrame([frames.length === 1 && only ? only : Buffer.concat(frames)], transport._onSentLast);
  return true;
}
