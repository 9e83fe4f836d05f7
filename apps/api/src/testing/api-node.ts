import { randomBytes } from 'node:crypto';
import {
  API,
  httpRoutes,
  isRetryable,
  newId,
  type Command,
  type CommandId,
  type CommandResults,
  type ConversationId,
  type HttpReplyOf,
  type HttpRequestOf,
  type HttpRouteName,
  type Problem,
  type Receipt,
  type Session,
  type Visibility,
} from '@parley/events';
import { ephemeralMongo, ephemeralRedis, freePort, type ServerHandle } from '@parley/servers';
import { App } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { eventually } from './eventually.ts';

/** What an answer was, without throwing. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly problem: Problem;
  readonly headers: Headers;
}

/** Puts values for a path's names and a token beside a request. */
export type Caller = <N extends HttpRouteName>(
  name: N,
  request: HttpRequestOf<N>,
  options?: { token?: string; path?: Record<string, string>; headers?: Record<string, string> },
) => Promise<Answer<HttpReplyOf<N>>>;

/** A node in this process, on real servers. */
export interface ApiNode {
  readonly url: string;
  readonly app: App;
  readonly call: Caller;
}

/** Real servers with any number of nodes on them; `env` is what a worker of theirs needs as well. */
export interface Servers {
  readonly redis: ServerHandle;
  readonly mongo: ServerHandle;
  readonly env: Readonly<Record<string, string>>;
  /** A node that is ready. */
  addNode(env?: Record<string, string>): Promise<ApiNode>;
  close(): Promise<void>;
}

export const SETUP_CODE = 'a-setup-code';
export const PASSWORD = 'correct horse battery';

/** Starts Redis and MongoDB. */
export async function startServers(): Promise<Servers> {
  const [redis, mongo] = await Promise.all([ephemeralRedis(), ephemeralMongo()]);
  const nodes: ApiNode[] = [];
  const env = {
    REDIS_URL: redis.url,
    MONGODB_URL: mongo.url,
    PARLEY_TOKEN_SECRET: randomBytes(32).toString('base64url'),
    PARLEY_SETUP_CODE: SETUP_CODE,
    // One person does here in a second what many do in a minute; the tests of the limits turn them on.
    PARLEY_LIMITS: 'off',
  };
  return {
    redis,
    mongo,
    env,
    async addNode(more = {}) {
      const node = await listen({ ...env, ...more });
      nodes.push(node);
      await node.app.ready();
      return node;
    },
    async close() {
      await Promise.all(nodes.map(({ app }) => app[Symbol.asyncDispose]()));
      await Promise.all([redis.stop(), mongo.stop()]);
    },
  };
}

/** @returns a node that listens but need not be ready. */
export async function listen(env: Readonly<Record<string, string>>): Promise<ApiNode> {
  const port = await freePort();
  const config = readConfig({ ...env, PORT: String(port) });
  const app = await App.listen(config, createLogger({ write: () => undefined }));
  const url = `http://127.0.0.1:${port}`;
  return { url, app, call: callerOf(url) };
}

function callerOf(url: string): Caller {
  return async (name, request, { token, path = {}, headers = {} } = {}) => {
    const { method, path: pattern } = httpRoutes[name];
    const filled = pattern.replaceAll(/:(\w+)/g, (_, part: string) => path[part] ?? '');
    const query = method === 'GET' ? `?${new URLSearchParams(request as Record<string, string>).toString()}` : '';
    const response = await fetch(`${url}${API}${filled}${query}`, {
      method,
      headers: {
        ...(method === 'POST' && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(method === 'POST' && { body: JSON.stringify(request) }),
    });
    const body: unknown = await response.json();
    return { status: response.status, body: body as never, problem: body as Problem, headers: response.headers };
  };
}

/** Makes the workspace. @returns the first admin's session. */
export async function setUp(node: ApiNode, username = 'alice'): Promise<Session> {
  const account = { workspace: 'Acme', name: 'Alice', username, password: PASSWORD, headless: true };
  const { status, body } = await node.call('setup', { code: SETUP_CODE, ...account });
  if (status !== 200) throw new Error(`The setup was refused: ${JSON.stringify(body)}`);
  return body;
}

/** @returns the session of somebody new, invited by `inviter`. */
export async function join(node: ApiNode, inviter: Session, name: string): Promise<Session> {
  const invite = await node.call('createInvite', { uses: 1, hours: 1 }, { token: inviter.accessToken });
  const account = { name, username: name.toLowerCase(), password: PASSWORD, headless: true };
  const { status, body } = await node.call('signUp', { invite: invite.body.code, ...account });
  if (status !== 200) throw new Error(`${name} could not sign up: ${JSON.stringify(body)}`);
  return body;
}

type Uncommitted<C> = C extends Command ? Omit<C, 'commandId'> : never;

/** Sends one command. @returns its result. */
export async function command(
  node: ApiNode,
  actor: Session,
  wish: Uncommitted<Command>,
  commandId = newId<CommandId>(),
): Promise<CommandResults['results'][number]> {
  const commands = [{ ...wish, commandId }];
  const { status, body } = await node.call('command', { commands }, { token: actor.accessToken });
  const [result] = status === 200 ? body.results : [];
  if (!result) throw new Error(`The command was refused: ${JSON.stringify(body)}`);
  return result;
}

/** Sends one command that must be taken, again under its id while the refusal may pass. @returns its receipt. */
export async function accepted(node: ApiNode, actor: Session, wish: Uncommitted<Command>): Promise<Receipt> {
  const commandId = newId<CommandId>();
  const decision = async (): Promise<CommandResults['results'][number] | undefined> => {
    const decided = await command(node, actor, wish, commandId);
    return 'refusal' in decided && isRetryable(decided.refusal) ? undefined : decided;
  };
  const result = await eventually(`${wish.type} is decided`, decision);
  if ('refusal' in result) throw new Error(`${wish.type}: ${result.refusal.message}`);
  return result.receipt;
}

/** @returns the id of a new group of `owner` and the others. */
export async function createGroup(node: ApiNode, owner: Session, others: readonly Session[]): Promise<ConversationId> {
  const members = others.map(({ user }) => user.userId);
  const receipt = await accepted(node, owner, { type: 'conversation.create', kind: 'group', name: 'Work', members });
  return receipt.conversationId;
}

/** @returns the id of a new channel, whose name says its visibility. */
export async function createChannel(node: ApiNode, owner: Session, visibility: Visibility): Promise<ConversationId> {
  const settings = { kind: 'channel' as const, name: visibility, visibility, members: [] };
  return (await accepted(node, owner, { type: 'conversation.create', ...settings })).conversationId;
}

/** @returns the receipt of one plain message. */
export function say(node: ApiNode, actor: Session, conversationId: ConversationId, text: string): Promise<Receipt> {
  return accepted(node, actor, { type: 'message.send', conversationId, content: { suite: 'none', text } });
}
