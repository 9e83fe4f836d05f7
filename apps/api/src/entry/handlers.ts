import { RefusalError, type Session } from '@parley/events';
import type { Accounts, SignedIn } from '../accounts/accounts.ts';
import type { Identity } from '../accounts/access-token.ts';
import type { Invites } from '../accounts/invites.ts';
import type { HandleCommands } from '../commands/handle-commands.ts';
import type { RaiseMark } from '../delivery/marks.ts';
import type { Sync } from '../delivery/sync.ts';
import { readChannels } from '../queries/channels.ts';
import { readConversationList, type ListPorts } from '../queries/conversation-list.ts';
import { readHistory } from '../queries/history.ts';
import { readMembers, type MemberPorts } from '../queries/members.ts';
import { readReceipt } from '../queries/receipt.ts';
import { readUsers } from '../queries/users.ts';
import type { Presence } from '../presence/presence.ts';
import type { RefreshCookie } from './refresh-cookie.ts';
import type { Handlers } from './route.ts';

export interface HandlerPorts {
  readonly accounts: Accounts;
  readonly invites: Invites;
  /** Ends a session on all nodes. */
  readonly signOut: (identity: Identity) => Promise<void>;
  readonly queries: ListPorts & MemberPorts;
  readonly presence: Pick<Presence, 'online'>;
  readonly handleCommands: HandleCommands;
  readonly sync: Sync;
  readonly raiseMark: RaiseMark;
}

/** @returns what answers each route of the contract. */
export function createHandlers(ports: HandlerPorts): Handlers {
  const { accounts, invites, queries, presence } = ports;
  return {
    setupState: async () => ({ needed: await accounts.setupNeeded() }),
    setup: async ({ request, cookie }) => handOut(await accounts.setup(request), cookie, request.headless),
    signUp: async ({ request, cookie }) => handOut(await accounts.signUp(request), cookie, request.headless),
    signIn: async ({ request, cookie }) => handOut(await accounts.signIn(request), cookie, request.headless),
    refresh: async ({ request, cookie }) => {
      const headless = request.refreshToken !== undefined;
      const renewed = accounts.refresh(request.refreshToken ?? cookie.token);
      return handOut(await renewed.catch((error: unknown) => forget(error, cookie)), cookie, headless);
    },
    signOut: async ({ identity, cookie }) => {
      await ports.signOut(identity);
      cookie.drop();
      return {};
    },
    invite: async ({ path }) => invites.view(path.code),
    createInvite: async ({ identity, request }) => invites.create(identity.userId, request),
    users: async ({ request }) => readUsers(queries.database, request),
    online: async ({ identity }) => ({ online: await presence.online(identity.userId) }),
    conversations: async ({ identity }) => readConversationList(queries, identity.userId),
    channels: async ({ identity, request }) => readChannels(queries, identity.userId, request),
    history: async ({ access, request }) => readHistory(queries, access, request),
    members: async ({ access }) => readMembers(queries, access),
    receipt: async ({ access, path }) => readReceipt(queries, access, path),
    command: async ({ identity, request }) => {
      const { userId, deviceId } = identity;
      return ports.handleCommands({ userId, deviceId }, request);
    },
    sync: async ({ identity, request }) => ports.sync(identity.userId, request),
    mark: async ({ identity, request }) => {
      await ports.raiseMark(identity.userId, request);
      return {};
    },
  };
}

/** A browser gets the refresh token as a cookie that no script can read, other clients in the body. */
function handOut(signedIn: SignedIn, cookie: RefreshCookie, headless = false): Session {
  const { session, refreshToken, refreshExpiresAt } = signedIn;
  if (headless) return { ...session, refreshToken };
  cookie.keep(refreshToken, refreshExpiresAt);
  return session;
}

/** A token that is no good any more must not be sent again and again. */
function forget(error: unknown, cookie: RefreshCookie): never {
  if (error instanceof RefusalError && error.refusal.kind === 'unauthenticated' && cookie.token) cookie.drop();
  throw error;
}
