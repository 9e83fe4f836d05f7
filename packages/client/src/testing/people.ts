import { type ConversationId, type MessageContent, type Session } from '@parley/events';
import type { ChatClient } from '../chat-client.ts';
import { createChatClient, setup, signUp, type ChatClientOptions, type ServerAddress } from '../index.ts';
import { eventually } from './eventually.ts';

const password = 'correct horse battery';

/** @returns where an api node listens, for a client without cookies that gives no call up because a machine is slow. */
export const headless = (url: string): ServerAddress => ({ baseUrl: url, headless: true, timeoutMs: 60_000 });

/** Makes the workspace. @returns the admin's session. */
export const firstPerson = (url: string, code: string, name: string): Promise<Session> =>
  setup(headless(url), { code, workspace: 'Parley', name, username: name.toLowerCase(), password });

/** Invites somebody and signs them up. @returns their session. */
export async function nextPerson(url: string, inviter: ChatClient, name: string): Promise<Session> {
  const { code } = await inviter.call('createInvite', { uses: 1, hours: 1 });
  return signUp(headless(url), { invite: code, name, username: name.toLowerCase(), password });
}

export const open = (url: string, session: Session, more: Partial<ChatClientOptions> = {}): Promise<ChatClient> =>
  createChatClient({ server: headless(url), session, ...more });

export const says = (text: string): MessageContent => ({ suite: 'none', text });

/** @returns the texts of a timeline in order: own pending ones included, a gap as `…`. */
export function texts(client: ChatClient, conversationId: ConversationId): string[] {
  return client.timeline(conversationId).items.flatMap((item) => {
    if (item.kind === 'gap') return ['…'];
    if (item.kind === 'notice') return [];
    const { changes, content } = item.message;
    const shown = changes.edit?.content ?? content;
    return changes.deleted ? ['(deleted)'] : ['text' in shown ? shown.text : '(sealed)'];
  });
}

/** @returns how far the sending of each message of a timeline is. */
export const sendStates = (client: ChatClient, conversationId: ConversationId): string[] =>
  client.timeline(conversationId).items.flatMap((item) => (item.kind === 'message' ? [item.message.send.state] : []));

/** Loads what a client does not hold yet, a page that failed once more. @returns all texts. */
export async function allTexts(client: ChatClient, conversationId: ConversationId): Promise<string[]> {
  await eventually(async () => {
    await client.loadOlder(conversationId);
    return client.timeline(conversationId).atStart;
  });
  return texts(client, conversationId);
}
