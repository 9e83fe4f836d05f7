import type { CommandId } from '@parley/events';
import type { OutboxEntry } from './outbox-entry.ts';

/** What one tab tells the others about the outbox that they share. */
export type OutboxNews =
  { readonly kind: 'changed'; readonly entry: OutboxEntry } | { readonly kind: 'removed'; readonly ids: CommandId[] };

/** How the clients that share one outbox agree: one leads and sends, all hear what changes. */
export interface OutboxSharing {
  /** Resolves when this client leads; it does until `close`, or until its tab is gone. Never resolves after `close`. */
  lead(): Promise<void>;
  tell(news: OutboxNews): void;
  hear(listener: (news: OutboxNews) => void): void;
  close(): void;
}

/** An outbox of one client alone. */
export const unshared = (): OutboxSharing => ({
  lead: () => Promise.resolve(),
  tell: () => undefined,
  hear: () => undefined,
  close: () => undefined,
});
