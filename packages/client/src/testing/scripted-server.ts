import {
  API,
  httpRoutes,
  newId,
  type DeviceId,
  type HttpRouteName,
  type Session,
  type UserId,
  type WorkspaceId,
} from '@parley/events';
import type { ChatClient } from '../chat-client.ts';
import { createChatClient, type ChatClientOptions } from '../index.ts';
import { alice } from './story.ts';

const workspace = { workspaceId: newId<WorkspaceId>(), name: 'Parley' };

/** @returns a session that lasts for the whole test. */
export const sessionOf = (userId: UserId = alice): Session => ({
  ...{ user: { userId, username: 'alice', name: 'Alice', role: 'member' }, workspace },
  ...{ deviceId: newId<DeviceId>(), accessToken: 'good', accessExpiresAt: Date.now() + 600_000 },
});

/** What one request carried: a body, or the query of a GET. */
export type Asked = Readonly<Record<string, unknown>>;
type Answers = Partial<Record<HttpRouteName, (request: Asked) => object | Promise<object>>>;

const empty: Answers = {
  setupState: () => ({ needed: false }),
  conversations: () => ({ conversations: [] }),
  users: () => ({ users: [], next: null }),
  online: () => ({ online: [] }),
  members: () => ({ members: [], marks: [] }),
  sync: () => ({ conversations: [], gone: [], more: false }),
  mark: () => ({}),
};

/** A server in miniature for a whole client over HTTP: an empty workspace, but for what it is told to answer. */
export class ScriptedServer {
  readonly asked: { readonly name: HttpRouteName; readonly request: Asked; readonly init: RequestInit }[] = [];
  readonly answers: Answers = { ...empty };

  /** @returns a client of this server that is about to connect. */
  open(more: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
    const server = { baseUrl: 'http://parley.test', headless: true, fetch: this.#fetch };
    return createChatClient({ server, session: sessionOf(), transport: 'http', ...more });
  }

  /** @returns what was asked of one route, in order. */
  of(name: HttpRouteName): Asked[] {
    return this.asked.flatMap((one) => (one.name === name ? [one.request] : []));
  }

  readonly #fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const name = routeOf(init.method ?? 'GET', url.pathname);
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : Object.fromEntries(url.searchParams);
    const request = body as Asked;
    this.asked.push({ name, request, init });
    const answer = this.answers[name];
    if (!answer) throw new TypeError(`Nobody answers ${name}.`);
    return Response.json(await answer(request));
  };
}

function routeOf(method: string, path: string): HttpRouteName {
  const found = (Object.keys(httpRoutes) as HttpRouteName[]).find((name) => {
    const route = httpRoutes[name];
    const pattern = new RegExp(`^${API}${route.path.replaceAll(/:\w+/g, '[^/]+')}$`);
    return route.method === method && pattern.test(path);
  });
  if (!found) throw new TypeError(`There is no route ${method} ${path}.`);
  return found;
}
