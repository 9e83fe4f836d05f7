import {
  CommandId,
  ConversationId,
  UserId,
  z,
  type httpRoutes,
  type HttpReplyOf,
  type HttpRouteName,
} from '@parley/events';
import type { Access } from '@parley/events/log';
import type { Identity } from '../accounts/access-token.ts';
import type { RefreshCookie } from './refresh-cookie.ts';

/** What may stand in a path, by its name in the contract. */
export const pathParts = {
  conversationId: ConversationId,
  userId: UserId,
  commandId: CommandId,
  code: z.string().min(1).max(64),
} as const;

type PathPart = keyof typeof pathParts;
type PartsIn<Path extends string> = Path extends `${string}:${infer Part}/${infer Rest}`
  ? Part | PartsIn<Rest>
  : Path extends `${string}:${infer Part}`
    ? Part
    : never;

type RouteOf<N extends HttpRouteName> = (typeof httpRoutes)[N];
export type PathOf<N extends HttpRouteName> = {
  readonly [P in PartsIn<RouteOf<N>['path']> & PathPart]: z.infer<(typeof pathParts)[P]>;
};

/**
 * One checked request. `identity` is there unless the route is public; `access` on routes of a conversation, and then
 * the caller may read it.
 */
export interface Call<N extends HttpRouteName> {
  readonly request: z.output<RouteOf<N>['request']>;
  readonly path: PathOf<N>;
  readonly identity: RouteOf<N>['access'] extends 'public' ? undefined : Identity;
  readonly access: RouteOf<N>['access'] extends 'member' ? Access : undefined;
  readonly cookie: RefreshCookie;
}

/** Answers one route. A refusal is thrown as a `RefusalError`. */
export type Handler<N extends HttpRouteName> = (call: Call<N>) => Promise<HttpReplyOf<N>>;

/** One handler for each route of the contract. */
export type Handlers = { readonly [N in HttpRouteName]: Handler<N> };
