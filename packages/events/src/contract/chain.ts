import { canonicalJson } from './canonical.ts';
import type { EventHeader } from './event.ts';
import type { ConversationId } from './ids.ts';

/** SHA-256 of bytes: `node:crypto` on servers, `@noble/hashes` in browsers. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const utf8 = new TextEncoder();

/** @returns SHA-256(salt ‖ body): what stays of an event's content when it is erased. `body` is its RFC 8785 text. */
export function commitment(sha256: Sha256, salt: Uint8Array, body: string): Uint8Array {
  return sha256(joined(salt, utf8.encode(body)));
}

/** @returns chain(0) of a conversation: SHA-256("parley/chain/1" ‖ its id as lower-case text). */
export function chainStart(sha256: Sha256, conversationId: ConversationId): Uint8Array {
  return sha256(utf8.encode(`parley/chain/1${conversationId}`));
}

/** @returns chain(n) = SHA-256(chain(n-1) ‖ JCS(header) ‖ commitment); `committed` is the event's commitment. */
export function chainNext(sha256: Sha256, before: Uint8Array, header: EventHeader, committed: Uint8Array): Uint8Array {
  return sha256(joined(before, utf8.encode(canonicalJson(headerOf(header))), committed));
}

/** Exactly the fields of the header, also when a whole event is given. */
function headerOf({ v, type, conversationId, seq, at, actor, commandId }: EventHeader): EventHeader {
  return { v, type, conversationId, seq, at, actor, commandId };
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
