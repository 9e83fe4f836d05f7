import type { ConversationView, MessageContent, UserId } from '@parley/events';
import { MessageContent as MessageContentSchema, z } from '@parley/events';

const Body = z.object({ content: MessageContentSchema });

/** @returns one line about the last message, such as `You: see you at noon`; empty when there is none. */
export function previewOf(
  row: Pick<ConversationView, 'last' | 'kind'>,
  me: UserId,
  nameOf: (userId: UserId) => string,
): string {
  const body = Body.safeParse(row.last?.body);
  if (!row.last || !body.success) return '';
  const text = oneLine(body.data.content);
  if (row.last.actor.userId === me) return `You: ${text}`;
  return row.kind === 'direct' ? text : `${firstName(nameOf(row.last.actor.userId))}: ${text}`;
}

/** @returns a message's text in one line, without the marks of Markdown that only matter to the eye. */
export function oneLine(content: MessageContent): string {
  if (!('text' in content)) return 'Encrypted message';
  return content.text
    .replaceAll(/```\w*|[*_`~]{1,3}/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function firstName(name: string): string {
  return name.split(' ')[0] ?? name;
}
