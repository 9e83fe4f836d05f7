import type { TimelineMessage } from '@parley/client';
import type { Mark, UserId } from '@parley/events';

/** Where one of my messages stands, from my outbox to their eyes. */
export type Delivery =
  | { readonly state: 'queued' }
  | { readonly state: 'sending' }
  | { readonly state: 'sent' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'delivered'; readonly by: readonly UserId[] }
  | { readonly state: 'read'; readonly by: readonly UserId[] };

/** @param marks how far each member is; my own are ignored. */
export function deliveryOf(message: TimelineMessage, marks: readonly Mark[]): Delivery {
  const { send, seq } = message;
  if (send.state === 'failed') return { state: 'failed', reason: send.refusal.message };
  if (send.state !== 'sent') return { state: send.state };
  if (seq === null) return { state: 'sending' };
  const others = marks.filter((mark) => mark.userId !== message.userId);
  const readers = others.filter((mark) => mark.read >= seq).map((mark) => mark.userId);
  if (readers.length > 0) return { state: 'read', by: readers };
  const holders = others.filter((mark) => mark.delivered >= seq).map((mark) => mark.userId);
  return holders.length > 0 ? { state: 'delivered', by: holders } : { state: 'sent' };
}
