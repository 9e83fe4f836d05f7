import type { TimelineMessage } from '@parley/client';
import { timeOf } from '../time/moments.ts';
import type { Delivery } from './delivery.ts';

const states: Readonly<Record<Delivery['state'], string>> = {
  queued: 'Waiting to be sent.',
  sending: 'Sending.',
  sent: 'Sent.',
  delivered: 'Delivered.',
  read: 'Read.',
  failed: 'Not sent.',
};

/** What a row says to somebody who hears it. */
export interface RowWords {
  readonly name: string;
  readonly text: string;
  readonly reactions: number;
  /** Only of my own messages. */
  readonly delivery: Delivery | null;
}

/** @returns one sentence for a message row, such as `Alice, 12:57: see you. Edited. 2 reactions. Read.` */
export function rowSentence(message: TimelineMessage, words: RowWords): string {
  const head = `${words.name}, ${timeOf(message.at)}`;
  if (message.changes.deleted) return `${head}: message deleted.`;
  const parts = [`${head}: ${words.text}`];
  if (message.changes.edit) parts.push('Edited.');
  if (words.reactions > 0) parts.push(words.reactions === 1 ? '1 reaction.' : `${words.reactions} reactions.`);
  if (words.delivery) parts.push(states[words.delivery.state]);
  return parts.join(' ');
}
