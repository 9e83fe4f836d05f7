import { hash, randomFillSync } from 'node:crypto';
import { memberRoles, type FirstMember, type MemberRole } from '../contract/conversation.ts';
import { uuidTime } from '../contract/ids.ts';
import type { AppendRequest, AppendRule } from './event-log.ts';
import { BUCKET_MS } from './keys.ts';
import { keptRawId, rawId, writeRawId } from './raw-id.ts';
import { typeCode } from './type-codes.ts';

/** Numbers of the rules in the scripts. */
const ruleNumbers = {
  create: 1,
  post: 2,
  add: 3,
  remove: 4,
  join: 5,
  leave: 6,
  register: 7,
  'change-role': 8,
  refuse: 9,
} as const;

const kindLetters = { direct: 'd', group: 'g', channel: 'c', directory: 'y' } as const;
const visibilityLetters = { public: 'u', private: 'r' } as const;
const historyLetters = { all: 'a', joined: 'j' } as const;

const FIXED_BYTES = 146;
const GENERATION_OFFSET = 134;

/** @returns the first 8 bytes of SHA-256(type ‖ "\n" ‖ body): another body or type under one commandId is a conflict. */
export function hash8(type: string, body: string): Buffer {
  return hash('sha256', `${type}\n${body}`, 'buffer').subarray(0, 8);
}

/** @returns a role's number in the scripts: the stronger, the higher. */
export function roleNumber(role: MemberRole): number {
  return memberRoles.indexOf(role);
}

/**
 * Packs a command for the scripts (RECORD in prelude.lua), big-endian: conversation, user, device, commandId, salt (16
 * bytes each), hash8 (8), conversation as text (36), at (6), bucket (4), generation (6), v (2), type's code, rule, role (1 each), then
 * with a length before each: type (1), extra (2), the event's JSON between seq and body (2), body (4).
 */
export function packRecord(request: AppendRequest, salt: Uint8Array = newSalt()): Buffer {
  const { type, body } = request;
  const extra = ruleExtra(request.rule, request.actor.userId);
  const json = eventJson(request, salt);
  const bodyBytes = Buffer.byteLength(body);
  const record = Buffer.allocUnsafe(FIXED_BYTES + type.length + 2 + extra.length + 2 + json.length + 4 + bodyBytes);
  writeFixed(record, request, salt);
  let at = record.writeUInt8(type.length, FIXED_BYTES - 1);
  at += record.write(type, at, 'latin1');
  at = record.writeUInt16BE(extra.length, at);
  at += extra.copy(record, at);
  at = record.writeUInt16BE(json.length, at);
  at += record.write(json, at, 'latin1');
  at = record.writeUInt32BE(bodyBytes, at);
  record.write(body, at, 'utf8');
  return record;
}

/** Says that the archive was looked at under this generation and does not hold the command. */
export function setGeneration(record: Buffer, generation: number): void {
  record.writeUIntBE(generation, GENERATION_OFFSET, 6);
}

function writeFixed(record: Buffer, request: AppendRequest, salt: Uint8Array): void {
  record.set(keptRawId(request.conversationId), 0);
  record.set(keptRawId(request.actor.userId), 16);
  record.set(keptRawId(request.actor.deviceId), 32);
  writeRawId(record, 48, request.commandId);
  record.set(salt, 64);
  record.set(hash8(request.type, request.body), 80);
  record.write(request.conversationId, 88, 'latin1');
  record.writeUIntBE(request.at, 124, 6);
  record.writeUInt32BE(Math.floor(uuidTime(request.commandId) / BUCKET_MS), 130);
  setGeneration(record, 0);
  record.writeUInt16BE(request.v, 140);
  record.writeUInt8(typeCode(request.type), 142);
  record.writeUInt8(ruleNumbers[request.rule.rule], 143);
  record.writeUInt8('role' in request.rule ? roleNumber(request.rule.role) : 0, 144);
}

function eventJson(request: AppendRequest, salt: Uint8Array): string {
  const { userId, deviceId } = request.actor;
  const encoded = Buffer.from(salt.buffer, salt.byteOffset, salt.length).toString('base64url');
  return (
    `,"at":${request.at},"actor":{"userId":"${userId}","deviceId":"${deviceId}"},` +
    `"commandId":"${request.commandId}","salt":"${encoded}","body":`
  );
}

const nothing = Buffer.alloc(0);

/** Settings and first members of a creation; whom any other rule but `post` is about. */
function ruleExtra(rule: AppendRule, actor: string): Buffer {
  if (rule.rule === 'post') return nothing;
  if (rule.rule !== 'create') return subject('userId' in rule ? rule.userId : actor);
  const settings = kindLetters[rule.kind] + visibilityLetters[rule.visibility] + historyLetters[rule.history];
  return Buffer.concat([Buffer.from(settings), ...rule.members.map(firstMember)]);
}

function subject(userId: string): Buffer {
  return Buffer.concat([rawId(userId), Buffer.from(userId)]);
}

function firstMember(member: FirstMember): Buffer {
  return Buffer.concat([subject(member.userId), Buffer.from(String(roleNumber(member.role)))]);
}

const SALTS = 256;
let salts = new Uint8Array(0);
let nextSalt = SALTS;

/** Random bytes are fetched for many events at once: one call to the system each would cost more than the append. */
function newSalt(): Uint8Array {
  if (nextSalt === SALTS) {
    salts = randomFillSync(new Uint8Array(SALTS * 16));
    nextSalt = 0;
  }
  const at = nextSalt * 16;
  nextSalt += 1;
  return salts.subarray(at, at + 16);
}
