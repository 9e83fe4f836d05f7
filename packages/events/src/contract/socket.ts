import { Command } from './command.ts';
import type { Refusal } from './error.ts';
import {
  DrainSignal,
  LiveEvents,
  Mark,
  MarkRequest,
  Marks,
  PresenceChanges,
  PresenceSignal,
  ResyncSignal,
  TypingRequest,
  TypingSignal,
} from './live.ts';
import { CommandResult } from './receipt.ts';
import { SyncPage, SyncRequest } from './sync.ts';
import { z } from './z.ts';

/** Given in the handshake's `auth`. */
export const SocketAuth = z.strictObject({ token: z.string().max(4_096), protocol: z.int() });
export type SocketAuth = z.infer<typeof SocketAuth>;

/**
 * Commands of one conversation in the order of the device; a creation stands alone. `results` has one entry for each,
 * in the same order.
 */
export const CommandBatch = z.strictObject({ commands: z.array(Command).min(1).max(50) });
export type CommandBatch = z.infer<typeof CommandBatch>;
export const CommandResults = z.strictObject({ results: z.array(CommandResult) });
export type CommandResults = z.infer<typeof CommandResults>;

export const Done = z.strictObject({});

/** What a client asks over the socket. Each takes one object and answers its acknowledgement with a `SocketReply`. */
export const socketRequests = {
  command: { request: CommandBatch, reply: CommandResults },
  sync: { request: SyncRequest, reply: SyncPage },
  mark: { request: MarkRequest, reply: Done },
  typing: { request: TypingRequest, reply: Done },
  authenticate: { request: z.strictObject({ token: z.string().max(4_096) }), reply: Done },
} as const;

export type SocketRequestName = keyof typeof socketRequests;
export type SocketRequestOf<N extends SocketRequestName> = z.infer<(typeof socketRequests)[N]['request']>;
export type SocketReplyOf<N extends SocketRequestName> = z.infer<(typeof socketRequests)[N]['reply']>;

/** Every acknowledgement: the reply, or one refusal for the whole request. */
export type SocketReply<T> = { ok: true; reply: T } | { ok: false; refusal: Refusal };

/** What a server sends by itself. Each carries one object; a recovery offset (text) may follow it: ignore it. */
export const socketPushes = {
  events: LiveEvents,
  mark: Mark,
  marks: Marks,
  typing: TypingSignal,
  presence: PresenceSignal,
  presences: PresenceChanges,
  resync: ResyncSignal,
  drain: DrainSignal,
} as const;

export type SocketPushName = keyof typeof socketPushes;
export type SocketPushOf<N extends SocketPushName> = z.infer<(typeof socketPushes)[N]>;

/** Socket.IO's typed event maps. */
export type ClientToServer = {
  [N in SocketRequestName]: (
    request: SocketRequestOf<N>,
    acknowledge: (reply: SocketReply<SocketReplyOf<N>>) => void,
  ) => void;
};
export type ServerToClient = { [N in SocketPushName]: (push: SocketPushOf<N>) => void };

/** Largest socket frame and HTTP body in bytes; larger ones are refused before they are parsed. */
export const MAX_FRAME_BYTES = 256 * 1024;
/** Largest single command in bytes of JSON. */
export const MAX_COMMAND_BYTES = 32 * 1024;
