import type { Actor } from '../contract/event.ts';
import type { CommandId, ConversationId, DeviceId, UserId } from '../contract/ids.ts';
import type { LogEntry } from './event-log.ts';
import { idText } from './raw-id.ts';

/** What an entry consists of; ids are their 16 bytes. */
export interface StoredFields {
  readonly n: number;
  readonly v: number;
  readonly type: string;
  readonly seq: number;
  readonly at: number;
  readonly conversation: Buffer;
  readonly user: Buffer;
  readonly device: Buffer;
  readonly command: Buffer;
  readonly salt: Buffer;
  /** The body's RFC 8785 text in UTF-8. */
  readonly content: Buffer;
}

/** An entry as its bytes lie in the log. Texts are made when somebody asks for them: archiving needs none. */
export class StoredEntry implements LogEntry, StoredFields {
  readonly n: number;
  readonly v: number;
  readonly type: string;
  readonly seq: number;
  readonly at: number;
  readonly conversation: Buffer;
  readonly user: Buffer;
  readonly device: Buffer;
  readonly command: Buffer;
  readonly salt: Buffer;
  readonly content: Buffer;
  #conversationId: ConversationId | undefined;

  constructor(fields: StoredFields) {
    this.n = fields.n;
    this.v = fields.v;
    this.type = fields.type;
    this.seq = fields.seq;
    this.at = fields.at;
    this.conversation = fields.conversation;
    this.user = fields.user;
    this.device = fields.device;
    this.command = fields.command;
    this.salt = fields.salt;
    this.content = fields.content;
  }

  get conversationId(): ConversationId {
    this.#conversationId ??= idText<ConversationId>(this.conversation);
    return this.#conversationId;
  }

  get actor(): Actor {
    return { userId: idText<UserId>(this.user), deviceId: idText<DeviceId>(this.device) };
  }

  get commandId(): CommandId {
    return idText<CommandId>(this.command);
  }

  get body(): string {
    return this.content.toString();
  }
}
