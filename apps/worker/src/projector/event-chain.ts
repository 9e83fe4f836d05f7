import { hash } from 'node:crypto';
import { writeIdText } from './id-text.ts';

/** What an entry's commitment is made of: the body's RFC 8785 text in UTF-8. */
export interface Content {
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
}

/** What the chain covers of an entry beside its commitment; ids are their 16 bytes. */
export interface Header {
  readonly v: number;
  readonly type: string;
  readonly seq: number;
  readonly at: number;
  readonly conversation: Uint8Array;
  readonly user: Uint8Array;
  readonly device: Uint8Array;
  readonly command: Uint8Array;
}

/** Grows to the largest event seen: one allocation for all hashes of the process. */
let scratch = Buffer.alloc(64 * 1024);

/** @returns SHA-256: half the time of the digest as a buffer, for which Node makes an array of its own. */
function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

/** @returns chain(0) of a conversation: as `chainStart` of the contract, only faster, and so are the others. */
export function chainStart(conversation: Uint8Array): Buffer {
  const end = writeIdText(scratch, scratch.write('parley/chain/1', 0, 'latin1'), conversation);
  return sha256(scratch.subarray(0, end));
}

/** @returns SHA-256(salt ‖ body) over the body as it was stored. */
export function commitmentOf({ salt, content }: Content): Buffer {
  makeRoom(salt.length + content.length);
  scratch.set(salt, 0);
  scratch.set(content, salt.length);
  return sha256(scratch.subarray(0, salt.length + content.length));
}

/** @returns the chain after an event: SHA-256(chain before ‖ JCS(header) ‖ commitment). */
export function chainAfter(before: Uint8Array, header: Header, commitment: Uint8Array): Buffer {
  scratch.set(before, 0);
  const end = writeHeader(header, 32);
  scratch.set(commitment, end);
  return sha256(scratch.subarray(0, end + 32));
}

/** The header as RFC 8785 writes it: names in order, no spaces. Ids need no escapes; a foreign type may. */
function writeHeader(header: Header, from: number): number {
  const type = JSON.stringify(header.type);
  makeRoom(1_024 + type.length * 3);
  let at = writeIdText(scratch, from + scratch.write('{"actor":{"deviceId":"', from, 'latin1'), header.device);
  at = writeIdText(scratch, at + scratch.write('","userId":"', at, 'latin1'), header.user);
  at = writeIdText(scratch, at + scratch.write(`"},"at":${header.at},"commandId":"`, at, 'latin1'), header.command);
  at = writeIdText(scratch, at + scratch.write('","conversationId":"', at, 'latin1'), header.conversation);
  return at + scratch.write(`","seq":${header.seq},"type":${type},"v":${header.v}}`, at);
}

function makeRoom(length: number): void {
  if (scratch.length >= length) return;
  const larger = Buffer.alloc(length * 2);
  larger.set(scratch, 0);
  scratch = larger;
}
