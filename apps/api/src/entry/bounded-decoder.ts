import { MAX_FRAME_BYTES } from '@parley/events';
import { Decoder, PacketType, type Packet } from 'socket.io-parser';

/** The name under which a request that was too large reaches its socket. */
export const TOO_LARGE = 'too large';

/** A frame above this ends the connection: the WebSocket never keeps more of one in memory, in bytes. */
export const MAX_KEPT_BYTES = 4 * MAX_FRAME_BYTES;

/**
 * Socket.IO's decoder, which does not parse what is too large: the request is answered by its number, and the session
 * goes on.
 */
export class BoundedDecoder extends Decoder {
  override add(data: unknown): void {
    if (typeof data === 'string' && Buffer.byteLength(data) > MAX_FRAME_BYTES)
      this.emitReserved('decoded', refused(data));
    else super.add(data);
  }
}

/** @returns an event in place of the frame, with its number. Without one nobody waits for an answer. */
function refused(frame: string): Packet {
  const id = /^2(\d{1,9})\[/.exec(frame.slice(0, 16))?.[1];
  return { type: PacketType.EVENT, nsp: '/', data: [TOO_LARGE], ...(id !== undefined && { id: Number(id) }) };
}
