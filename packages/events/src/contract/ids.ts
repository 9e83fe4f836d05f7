import { uuidv7 } from 'uuidv7';
import { z } from './z.ts';

/** Lower-case UUIDs of version 7 (made by whoever starts the thing) or 8 (made by the server alone). */
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const uuid7Pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const WorkspaceId = z.string().regex(uuid7Pattern).brand('WorkspaceId');
export type WorkspaceId = z.infer<typeof WorkspaceId>;

export const UserId = z.string().regex(uuid7Pattern).brand('UserId');
export type UserId = z.infer<typeof UserId>;

/** One device is one signed-in session of a user. */
export const DeviceId = z.string().regex(uuid7Pattern).brand('DeviceId');
export type DeviceId = z.infer<typeof DeviceId>;

export const ConversationId = z.string().regex(uuidPattern).brand('ConversationId');
export type ConversationId = z.infer<typeof ConversationId>;

/** Made by the client once per command and kept over every retry: the key of idempotency. */
export const CommandId = z.string().regex(uuid7Pattern).brand('CommandId');
export type CommandId = z.infer<typeof CommandId>;

/** One run of the log's server, per partition: 64 random bits as 16 hexadecimal digits. */
export const Epoch = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .brand('Epoch');
export type Epoch = z.infer<typeof Epoch>;

/** Dense number of an event in its conversation: 1, 2, 3 … */
export const Seq = z.int().min(1).brand('Seq');
export type Seq = z.infer<typeof Seq>;

/** How far somebody is in a conversation: the last seq held, 0 before the first. */
export const Reach = z.int().min(0);

/** Where an event stands. A seq without its epoch says nothing after the log went back in time. */
export const Position = z.strictObject({ epoch: Epoch, seq: Seq });
export type Position = z.infer<typeof Position>;

/** Milliseconds since 1970 by the server's clock. For display; never for order. */
export const Timestamp = z.int().min(0);

/** @returns a new id of the wanted brand, for example `newId<CommandId>()`. */
export function newId<Id extends string>(): Id {
  return uuidv7() as Id;
}

/** @returns the 16 bytes of a UUID. */
export function uuidBytes(id: string): Uint8Array {
  const hex = id.replaceAll('-', '');
  return Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));
}

/** @returns the UUID text of 16 bytes, in lower case. */
export function uuidText<Id extends string>(bytes: Uint8Array): Id {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return groups.join('-') as Id;
}

/** @returns the milliseconds since 1970 that a UUIDv7 carries (RFC 9562, 5.7). */
export function uuidTime(id: CommandId): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

export const PARTITIONS = 64;

/** A log partition, 0 to 63. */
export type Partition = number & { readonly brand: 'Partition' };

/** @returns the partition that holds a conversation: the last byte of its id, modulo 64. */
export function partitionOf(conversationId: ConversationId): Partition {
  return (Number.parseInt(conversationId.slice(-2), 16) & (PARTITIONS - 1)) as Partition;
}
