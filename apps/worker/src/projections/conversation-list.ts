import { conversations, idBinary, type ConversationDocument } from '@parley/read-models';
import type { Update } from '../projector/bulk-write.ts';
import { resetOf, type Changes, type ProjectedEvent, type Projection } from './projection.ts';

/** Everything that has a seq moves its conversation. */
export const conversationList: Projection = {
  name: 'conversations',
  version: 1,
  handles: new Set(['*']),
  begin: () => new ConversationChanges(),
  reset: resetOf(conversations),
};

type Created = Omit<ConversationDocument, '_id' | 'head' | 'headAt' | 'messageSeq' | 'messageAt'>;

interface Row {
  readonly id: string;
  created?: Created;
  head: number;
  headAt: number;
  messageSeq: number;
  messageAt: number;
}

class ConversationChanges implements Changes {
  readonly #rows = new Map<string, Row>();

  async prepare(): Promise<void> {
    // Nothing here builds on what is stored.
  }

  apply(event: ProjectedEvent): void {
    const { entry, decoded } = event;
    const row = this.#row(entry.conversationId);
    if (decoded?.type === 'conversation.created') {
      const { kind, name, visibility, history } = decoded.body;
      const createdBy = idBinary(entry.actor.userId);
      row.created = { p: event.partition, kind, name, visibility, history, createdBy, createdAt: entry.at };
    }
    row.head = entry.seq;
    row.headAt = entry.at;
    if (entry.type === 'message.sent') {
      row.messageSeq = entry.seq;
      row.messageAt = entry.at;
    }
  }

  updates(): Update[] {
    return Array.from(this.#rows.values(), updateOf);
  }

  #row(id: string): Row {
    const known = this.#rows.get(id);
    if (known) return known;
    const row = { id, head: 0, headAt: 0, messageSeq: 0, messageAt: 0 };
    this.#rows.set(id, row);
    return row;
  }
}

function updateOf(row: Row): Update {
  const q = { _id: idBinary(row.id) };
  const { head, headAt, messageSeq, messageAt } = row;
  if (row.created) {
    return { q, u: { $set: { ...row.created, head, headAt, messageSeq, messageAt } }, upsert: true };
  }
  const message = messageSeq > 0 ? { messageSeq, messageAt } : {};
  return { q, u: { $set: { head, headAt, ...message } } };
}
