import {
  Invite,
  InviteRequest,
  InviteView,
  RefreshRequest,
  Session,
  SetupRequest,
  SetupState,
  SignInRequest,
  SignUpRequest,
} from './account.ts';
import { MarkRequest } from './live.ts';
import { Receipt } from './receipt.ts';
import { CommandBatch, CommandResults, Done } from './socket.ts';
import { SyncPage, SyncRequest } from './sync.ts';
import { ChannelList, ConversationList, HistoryPage, HistoryQuery, MemberList, OnlineList, UserList } from './view.ts';
import { z } from './z.ts';

export const API = '/api/v1';

/** Longer searches are refused; no name is as long. */
export const MOST_SEARCHED = 80;

const Nothing = z.strictObject({});
/** `after` is the `next` of the page before. `ids`: just these, comma separated. */
export const PageQuery = z.strictObject({
  after: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
  ids: z.string().max(8_000).optional(),
  search: z.string().max(MOST_SEARCHED).optional(),
});

/** Every HTTP route below `API`: who may call it, what it takes (body, or query for GET) and what it answers. */
export const httpRoutes = {
  setupState: { method: 'GET', path: '/setup', access: 'public', request: Nothing, reply: SetupState },
  setup: { method: 'POST', path: '/setup', access: 'public', request: SetupRequest, reply: Session },
  invite: { method: 'GET', path: '/invites/:code', access: 'public', request: Nothing, reply: InviteView },
  signUp: { method: 'POST', path: '/sign-up', access: 'public', request: SignUpRequest, reply: Session },
  signIn: { method: 'POST', path: '/sign-in', access: 'public', request: SignInRequest, reply: Session },
  refresh: { method: 'POST', path: '/refresh', access: 'public', request: RefreshRequest, reply: Session },
  signOut: { method: 'POST', path: '/sign-out', access: 'user', request: Nothing, reply: Done },
  createInvite: { method: 'POST', path: '/invites', access: 'user', request: InviteRequest, reply: Invite },
  users: { method: 'GET', path: '/users', access: 'user', request: PageQuery, reply: UserList },
  online: { method: 'GET', path: '/users/online', access: 'user', request: Nothing, reply: OnlineList },
  conversations: { method: 'GET', path: '/conversations', access: 'user', request: Nothing, reply: ConversationList },
  channels: { method: 'GET', path: '/channels', access: 'user', request: PageQuery, reply: ChannelList },
  history: {
    method: 'GET',
    path: '/conversations/:conversationId/history',
    access: 'member',
    request: HistoryQuery,
    reply: HistoryPage,
  },
  members: {
    method: 'GET',
    path: '/conversations/:conversationId/members',
    access: 'member',
    request: Nothing,
    reply: MemberList,
  },
  receipt: {
    method: 'GET',
    path: '/conversations/:conversationId/receipts/:userId/:commandId',
    access: 'member',
    request: Nothing,
    reply: Receipt,
  },
  command: { method: 'POST', path: '/commands', access: 'user', request: CommandBatch, reply: CommandResults },
  sync: { method: 'POST', path: '/sync', access: 'user', request: SyncRequest, reply: SyncPage },
  mark: { method: 'POST', path: '/marks', access: 'user', request: MarkRequest, reply: Done },
} as const;

export type HttpRouteName = keyof typeof httpRoutes;
export type HttpRequestOf<N extends HttpRouteName> = z.input<(typeof httpRoutes)[N]['request']>;
export type HttpReplyOf<N extends HttpRouteName> = z.infer<(typeof httpRoutes)[N]['reply']>;

/** A refusal over HTTP (RFC 9457, application/problem+json). */
export const Problem = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  retryAfterMs: z.int().optional(),
});
export type Problem = z.infer<typeof Problem>;
