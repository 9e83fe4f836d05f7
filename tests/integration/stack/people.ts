import {
  createChatClient,
  setup,
  signIn,
  signUp,
  type ChatClient,
  type ChatClientOptions,
  type ServerAddress,
} from '@parley/client';
import { RefusalError, type ConversationId, type Session } from '@parley/events';
import type { Stack } from '@parley/stack';

import { eventually } from './eventually.ts';

export const PASSWORD = 'a password of the tests';

/** How long one answer may take: no call is given up because the machine is slow. */
const PATIENCE_MS = 60_000;

/** Nodes, and the code that sets a workspace up on them. */
type Nodes = Pick<Stack, 'setupCode'> & { readonly apis: readonly { readonly url: string }[] };
type ClientOptions = Partial<Omit<ChatClientOptions, 'server' | 'session'>>;

/** People of one workspace, each a real client on the node of one's choice. */
export class People {
  readonly #stack: Nodes;
  readonly #clients: ChatClient[] = [];
  readonly #baseUrl: string | undefined;
  #admin: ChatClient | undefined;

  /** @param baseUrl where all of them connect, instead of the node they name: a balancer. */
  constructor(stack: Nodes, baseUrl?: string) {
    this.#stack = stack;
    this.#baseUrl = baseUrl;
  }

  address(node = 0): ServerAddress {
    const api = this.#stack.apis[node];
    if (!api) throw new Error(`there is no api node ${node}`);
    return { baseUrl: this.#baseUrl ?? api.url, headless: true, timeoutMs: PATIENCE_MS };
  }

  /** The first user, who is the admin. */
  async setUp(name: string, node = 0, options: ClientOptions = {}): Promise<ChatClient> {
    const session = await setup(this.address(node), {
      ...{ code: this.#stack.setupCode, workspace: 'Parley', name },
      ...{ username: name.toLowerCase(), password: PASSWORD },
    });
    this.#admin = await this.#open(session, node, options);
    return this.#admin;
  }

  /** Somebody who follows the admin's invite. */
  async join(name: string, node = 0, options: ClientOptions = {}): Promise<ChatClient> {
    if (!this.#admin) throw new Error('set up the workspace first');
    const invite = await this.#admin.call('createInvite', { uses: 1, hours: 1 });
    const request = { invite: invite.code, name, username: name.toLowerCase(), password: PASSWORD };
    return this.#open(await signUp(this.address(node), request), node, options);
  }

  /**
   * Alice, who is the admin, on the first node, Bob on the last, and a channel of both that they have open. Their
   * accounts are made the first time; later these are other devices of theirs.
   */
  async aliceAndBobIn(name: string): Promise<{ alice: ChatClient; bob: ChatClient; channel: ConversationId }> {
    const last = this.#stack.apis.length - 1;
    const known = this.#admin !== undefined;
    const alice = await (known ? this.device('Alice', 0) : this.setUp('Alice', 0));
    const bob = await (known ? this.device('Bob', last) : this.join('Bob', last));
    const channel = await alice.createChannel(name, 'private', [bob.session.user.userId]);
    await Promise.all([opened(alice, channel), opened(bob, channel)]);
    return { alice, bob, channel };
  }

  /** Another device of somebody. */
  async device(name: string, node = 0, options: ClientOptions = {}): Promise<ChatClient> {
    const session = await signIn(this.address(node), { username: name.toLowerCase(), password: PASSWORD });
    return this.#open(session, node, options);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #open(session: Session, node: number, options: ClientOptions): Promise<ChatClient> {
    const client = await createChatClient({ server: this.address(node), session, ...options });
    this.#clients.push(client);
    await eventually(`${session.user.name} is online`, () => client.connection.state === 'online');
    return client;
  }
}

/** Queues a plain message. */
export function say(client: ChatClient, conversationId: ConversationId, text: string): ReturnType<ChatClient['send']> {
  return client.send(conversationId, { suite: 'none', text });
}

/** @returns the stored messages that a client shows, oldest first, as `#seq text`. */
export function shown(client: ChatClient, conversationId: ConversationId): string[] {
  return client.timeline(conversationId).items.flatMap((item) => {
    if (item.kind !== 'message' || item.message.seq === null) return [];
    const { content } = item.message;
    return [`#${item.message.seq} ${'text' in content ? content.text : 'sealed'}`];
  });
}

/** @returns the texts without their numbers. */
export function texts(client: ChatClient, conversationId: ConversationId): string[] {
  return shown(client, conversationId).map((line) => line.slice(line.indexOf(' ') + 1));
}

/** Resolves when a client shows exactly `count` stored messages and nothing of its own waits. */
export async function holds(
  client: ChatClient,
  conversationId: ConversationId,
  count: number,
  withinMs?: number,
): Promise<void> {
  const name = client.session.user.name;
  await eventually(
    `${name} holds ${count} messages`,
    () => shown(client, conversationId).length === count && client.waiting === 0,
    withinMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; holds ${shown(client, conversationId).length}, ${client.waiting} waiting`);
  });
}

/** Resolves when a client knows a conversation and holds its newest page; rejects where it may not have it. */
export async function opened(client: ChatClient, conversationId: ConversationId): Promise<void> {
  await eventually('the conversation is in the list', () =>
    client.conversations.some((row) => row.conversationId === conversationId),
  );
  await eventually('a page of it is loaded', async () => {
    await client.loadOlder(conversationId);
    const { failure } = client.timeline(conversationId);
    if (failure) throw new RefusalError(failure);
    return true;
  });
}

/** Resolves when a client holds a conversation from its very beginning. */
export async function openedWhole(client: ChatClient, conversationId: ConversationId): Promise<void> {
  await opened(client, conversationId);
  while (!client.timeline(conversationId).atStart) await opened(client, conversationId);
}
