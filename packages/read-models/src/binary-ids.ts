import { Binary } from 'mongodb';

/** Bytes of a message's key: 16 of the conversation, 6 of the seq. */
export const KEY_BYTES = 22;
/** The greatest seq that a key has room for. */
export const GREATEST_SEQ = 2 ** 48 - 1;

const UUID = Binary.SUBTYPE_UUID;

/** @returns a UUID text as the BSON binary of subtype 4 that MongoDB keeps. */
export function idBinary(id: string): Binary {
  return new Binary(idBuffer(id), UUID);
}

/** @returns the 16 bytes of a UUID text. */
export function idBuffer(id: string): Buffer {
  return Buffer.from(id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24), 'hex');
}

/** @returns the lower-case UUID text of 16 bytes that begin at `at`. */
export function idText<Id extends string>(bytes: Binary | Uint8Array, at = 0): Id {
  const buffer = bytes instanceof Binary ? bytes.buffer : bytes;
  const hex = Buffer.from(buffer.buffer, buffer.byteOffset + at, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id;
}

/** @returns the archive's key of (conversation, seq): the order of keys is the order of the conversation. */
export function eventKey(conversationId: string | Uint8Array, seq: number): Binary {
  return new Binary(keyBuffer(conversationId, [seq]));
}

/** @returns the overlay's key of the change `seq` to the message `target`. */
export function changeKey(conversationId: string | Uint8Array, target: number, seq: number): Binary {
  return new Binary(keyBuffer(conversationId, [target, seq]));
}

/** @returns the key of what belongs to one user in one conversation. */
export function memberKey(conversationId: string, userId: string): Binary {
  return new Binary(Buffer.concat([idBuffer(conversationId), idBuffer(userId)]));
}

/** @returns the least and the greatest key that begins with the conversation, for keys of 32 bytes. */
export function memberKeys(conversationId: string): { $gte: Binary; $lte: Binary } {
  const id = idBuffer(conversationId);
  return {
    $gte: new Binary(Buffer.concat([id, Buffer.alloc(16, 0)])),
    $lte: new Binary(Buffer.concat([id, Buffer.alloc(16, 0xff)])),
  };
}

/** @returns the seq that stands in a key, after the conversation (`part` 0) or after the target (`part` 1). */
export function keySeq(key: Binary, part: 0 | 1 = 0): number {
  return Buffer.from(key.buffer.buffer, key.buffer.byteOffset, key.length()).readUIntBE(16 + part * 6, 6);
}

function keyBuffer(conversationId: string | Uint8Array, seqs: readonly number[]): Buffer {
  const key = Buffer.allocUnsafe(16 + seqs.length * 6);
  key.set(typeof conversationId === 'string' ? idBuffer(conversationId) : conversationId, 0);
  seqs.forEach((seq, at) => key.writeUIntBE(seq, 16 + at * 6, 6));
  return key;
}
