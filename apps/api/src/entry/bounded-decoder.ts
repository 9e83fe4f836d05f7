import { MAX_FRAME_BYTES } from '@parley/events';
import { Decoder, PacketType, type Packet } from 'socket.io-parser';

/** The name under which a request that was too large reaches its socket. */
export const TOO_LARGE = 'too large';

/** A frame above this ends the connection: the WebSocket never keeps more of one in memory, in bytes. */
export const MAX_KEPT_BYTES = 4 * MAX_FRAME_BYTES;

/** Whoever sends more of these on one connection does not stop by being told. */
const MOST_REFUSED = 20;

/**
 * Socket.IO's decoder, which does not parse what is too large: the request is answered by its number, and the session
 * goes on. Binary parts, which no request of ours has, may have as much together as one frame: else it throws, and
 * Socket.IO closes the connection.
 */
export class BoundedDecoder extends Decoder {
  #refused = 0;
  /** Bytes of the binary parts since the last text. */
  #parts = 0;

  override add(data: unknown): void {
    if (typeof data !== 'string') this.#parts += data instanceof Uint8Array ? data.byteLength : MAX_FRAME_BYTES;
    if (this.#parts > MAX_FRAME_BYTES || this.#refused >= MOST_REFUSED) throw new Error('Too much was sent at once.');
    if (typeof data === 'string' && Buffer.byteLength(data) > MAX_FRAME_BYTES) this.#refuse(data);
    else this.#take(data);
  }

  #refuse(frame: string): void {
    this.#refused += 1;
    this.emitReserved('decoded', refused(frame));
  }

  #take(data: unknown): void {
    super.add(data);
    if (typeof data === 'string') this.#parts = 0;
  }
}

/** @returns an event in place of the frame, with its number. Without one nobody waits for an answer. */
function refused(frame: string): Packet {
  const id = /^2(\d{1,9})\[/.exec(frame.slice(0, 16))?.[1];
  return { type: PacketType.EVENT, nsp: '/', data: [TOO_LARGE], ...(id !== undefined && { id: Number(id) }) };
}
