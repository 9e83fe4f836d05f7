import type { Recorder } from './record.ts';
import { valueOfBody } from './stored-value.ts';
import type { Tap } from './tcp-proxy.ts';
import { WebSocketTexts } from './websocket-texts.ts';

/** Socket.IO's packet types in front of a text: CONNECT with its auth, and EVENT. */
const CONNECT = '40';
const EVENT = '42';

const LATELY = 500;

interface LivePacket {
  readonly conversationId: string;
  readonly epoch: string;
  readonly events: readonly { readonly seq: number; readonly commandId: string; readonly body?: object }[];
}

/**
 * Writes down every live event as it comes over the wire, raw: before any client has sorted or dropped it. It looks at
 * the bytes between the clients and their api node; whose connection it is stands in the token of its handshake.
 */
export class WireTap {
  readonly #recorder: Recorder;
  /** Packets by their text: everybody in a room is sent the same. */
  readonly #lately = new Map<string, LivePacket>();
  #rooms: ReadonlySet<string> = new Set();
  #names: ReadonlyMap<string, string> = new Map();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** From now on events of these conversations are written down. @param names of readers, by user. */
  listen(rooms: ReadonlySet<string>, names: ReadonlyMap<string, string>): void {
    this.#rooms = rooms;
    this.#names = names;
  }

  /** @returns a tap for one more connection. */
  connection(): Tap {
    const [asked, told] = [new WebSocketTexts(), new WebSocketTexts()];
    let userId: string | undefined;
    return {
      request: (chunk) => {
        // Only the handshake is of interest: what follows is not even unmasked.
        userId ??= asked.take(chunk).map(userOf).find(Boolean);
      },
      reply: (chunk) => {
        for (const text of told.take(chunk)) if (text.startsWith(EVENT)) this.#told(userId, text);
      },
    };
  }

  #told(userId: string | undefined, text: string): void {
    const reader = this.#names.get(userId ?? '');
    if (reader === undefined || !text.startsWith(`${EVENT}["events"`)) return;
    const { conversationId, epoch, events } = this.#read(text);
    if (!this.#rooms.has(conversationId)) return;
    for (const { seq, commandId, body } of events)
      this.#recorder.add({
        kind: 'frame',
        reader,
        epoch,
        op: commandId,
        conversationId,
        seq,
        value: valueOfBody(body),
      });
  }

  #read(text: string): LivePacket {
    const known = this.#lately.get(text);
    if (known) return known;
    const [, packet] = JSON.parse(text.slice(EVENT.length)) as [string, LivePacket];
    if (this.#lately.size >= LATELY) this.#lately.clear();
    this.#lately.set(text, packet);
    return packet;
  }
}

/** @returns the user whom a CONNECT packet's token names; the token was checked by the node, not here. */
function userOf(text: string): string | undefined {
  if (!text.startsWith(`${CONNECT}{`)) return undefined;
  const { token } = JSON.parse(text.slice(CONNECT.length)) as { token: string };
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { sub?: string }).sub;
}
