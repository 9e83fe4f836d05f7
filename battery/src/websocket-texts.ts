const TEXT = 1;

/**
 * Reads one direction of a WebSocket connection (RFC 6455) from its raw bytes, HTTP handshake included. Both ends of
 * Parley send whole frames without extensions, so a frame is a message.
 */
export class WebSocketTexts {
  #rest: Buffer = Buffer.alloc(0);
  #state: 'handshake' | 'frames' | 'other' = 'handshake';

  /** @returns the texts that these bytes complete; nothing for ever where the connection is no WebSocket. */
  take(chunk: Buffer): string[] {
    if (this.#state === 'other') return [];
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#state === 'handshake') this.#handshake();
    return this.#state === 'frames' ? this.#frames() : [];
  }

  #handshake(): void {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#rest.subarray(0, end).toString('latin1');
    this.#state = /\r\nupgrade: websocket/i.test(head) ? 'frames' : 'other';
    this.#rest = this.#state === 'frames' ? this.#rest.subarray(end + 4) : Buffer.alloc(0);
  }

  #frames(): string[] {
    const texts: string[] = [];
    for (let frame = readFrame(this.#rest); frame; frame = readFrame(this.#rest)) {
      this.#rest = this.#rest.subarray(frame.length);
      if (frame.opcode === TEXT) texts.push(frame.payload.toString());
    }
    return texts;
  }
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Bytes of the whole frame. */
  readonly length: number;
}

/** @returns the first frame, or null while it is not all there. */
function readFrame(bytes: Buffer): Frame | null {
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const sizeBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = second >= 0x80;
  const begin = 2 + sizeBytes + (masked ? 4 : 0);
  if (bytes.length < Math.max(2, begin)) return null;
  const size = sizeBytes === 0 ? short : sizeBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < begin + size) return null;
  const raw = bytes.subarray(begin, begin + size);
  const payload = masked ? unmasked(raw, bytes.subarray(begin - 4, begin)) : raw;
  return { opcode: first & 0x0f, payload, length: begin + size };
}

function unmasked(raw: Buffer, mask: Buffer): Buffer {
  return Buffer.from(raw.map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
}
