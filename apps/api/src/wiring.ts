import { directConversationId, heardConversations, type RedisEventLog } from '@parley/events/log';
import type { ConversationId, UserId } from '@parley/events';
import type { Database } from '@parley/read-models';
import type { Router } from 'express';
import { AccessTokens, type Identity } from './accounts/access-token.ts';
import { Accounts } from './accounts/accounts.ts';
import { Arrivals } from './accounts/arrivals.ts';
import { Authenticator } from './accounts/authenticator.ts';
import { FirstUses } from './accounts/first-uses.ts';
import { Intents } from './accounts/intents.ts';
import { Invites } from './accounts/invites.ts';
import { Passwords } from './accounts/passwords.ts';
import { Revocations } from './accounts/revocations.ts';
import { Sessions } from './accounts/sessions.ts';
import { Workspaces } from './accounts/workspace.ts';
import { away, ConversationDoor } from './access/conversation-door.ts';
import { createCommandHandler } from './commands/handle-commands.ts';
import { Targets } from './commands/targets.ts';
import type { Config } from './config.ts';
import { connectReads, WakeQueue, type MongoWatch } from './connections.ts';
import { archivedEvents } from './delivery/archived-events.ts';
import { EventReader } from './delivery/event-reader.ts';
import { connectFanOut } from './delivery/fan-out-client.ts';
import { createMarks } from './delivery/marks.ts';
import { deviceRoom } from './delivery/rooms.ts';
import { createSync } from './delivery/sync.ts';
import { createHandlers } from './entry/handlers.ts';
import type { HttpServer } from './entry/http-server.ts';
import { createRoutes } from './entry/routes.ts';
import { SocketServer } from './entry/socket-server.ts';
import { createLimit, unlimited, type Limit } from './limits/limit.ts';
import { SOCKETS_EACH } from './limits/policies.ts';
import { TokenBuckets } from './limits/token-buckets.ts';
import type { Logger } from './logger.ts';
import { Presence } from './presence/presence.ts';
import { unknownUsers } from './queries/users.ts';

export interface Surroundings {
  readonly config: Config;
  readonly logger: Logger;
  readonly http: HttpServer;
  readonly database: Database;
  readonly mongo: Pick<MongoWatch, 'reachable'>;
  readonly log: RedisEventLog;
}

/** A node with all its parts at work. */
export interface Wired {
  readonly routes: Router;
  readonly sockets: SocketServer;
  /** Ends what works by itself. The HTTP server, the log and MongoDB are left to their owner. */
  readonly close: () => Promise<void>;
}

/** Puts the parts of a node together. Nothing here waits for a server. */
export function wire(surroundings: Surroundings): Wired {
  const { config, logger, http, database, mongo, log } = surroundings;
  const redis = connectReads(config.logUrl, logger);
  const fanOut = connectFanOut(config.fanoutUrl, (error) => logger.debug({ error }, 'the fan-out is out of reach'));
  const wakes = new WakeQueue(config.jobsUrl, logger);
  const people = wirePeople(surroundings, wakes);
  const archived = archivedEvents({ database, log, mongo });
  const reader = new EventReader(log, archived.read, archived.findLost);
  const hearing = (userId: UserId) =>
    heardConversations(redis, userId).catch((error: unknown) => {
      throw away(error);
    });
  const sync = createSync({ log, hearing, reader, chains: archived.chains });
  const handleCommands = createCommandHandler({
    log,
    targets: new Targets({ log, reader }),
    unknownUsers: (userIds) => unknownUsers({ database, log, workspaces: people.workspaces }, userIds),
    directId: async (one, other) => directConversationId((await people.workspaces.home()).workspaceId, one, other),
    wake: wakes.wake,
    ready: () => sockets.reasons().length === 0,
  });
  const limit = limitOf(config, logger);
  const raiseMark = createMarks({ log, redis, announce: (mark) => sockets.announceMark(mark) });
  const directory = async (): Promise<ConversationId | undefined> => (await people.workspaces.find())?.directory;
  const presence: Presence = new Presence({
    redis,
    directory,
    push: (changes) => sockets.pushPresence(changes),
  });
  const sockets: SocketServer = new SocketServer({
    server: http.server,
    origins: config.origins,
    recovery: config.recovery,
    redis: fanOut,
    fanOut: log.fanOut,
    sessions: {
      authenticate: async (token) => Promise.resolve(people.authenticator.authenticate(token)),
      stands: ({ deviceId }) => people.revocations.stands(deviceId),
      renewable: () => mongo.reachable && people.revocations.areFresh,
    },
    reload: () => people.revocations.reload(),
    handleCommands,
    sync,
    raiseMark,
    limit,
    socketsEach: config.limits ? SOCKETS_EACH : Infinity,
    watch: presence,
    directory,
    logger,
  });
  const signOut = async ({ deviceId }: Identity): Promise<void> => {
    await people.sessions.revoke(deviceId);
    people.revocations.add(deviceId);
    // The session is over whether or not its sockets hear of it now: each node looks every second.
    await log.fanOut.disconnect([deviceRoom(deviceId)]).catch(() => undefined);
  };
  const { accounts, invites } = people;
  const queries = { database, log, redis };
  const handlers = createHandlers({
    accounts,
    invites,
    signOut,
    queries,
    presence,
    handleCommands,
    sync,
    raiseMark,
  });
  const door = new ConversationDoor(log, database);
  const routes = createRoutes({
    handlers,
    authenticate: (token) => people.authenticator.authenticate(token),
    enter: (userId, conversationId) => door.enter(userId, conversationId),
    limit,
    origins: config.origins,
    secure: config.publicUrl.startsWith('https:'),
    logger,
  });
  const close = async (): Promise<void> => {
    await people.arrivals[Symbol.asyncDispose]();
    people.revocations.stop();
    await presence.close();
    await wakes[Symbol.asyncDispose]();
    redis.disconnect();
    fanOut.disconnect();
  };
  return { routes, sockets, close };
}

function limitOf({ limits }: Config, logger: Logger): Limit {
  if (limits) return createLimit(new TokenBuckets().take);
  logger.warn({}, 'nothing is limited: PARLEY_LIMITS is off, which is for load tests only');
  return unlimited;
}

function wirePeople({ config, logger, database, log }: Surroundings, { wake }: WakeQueue) {
  const workspaces = new Workspaces(database);
  const sessions = new Sessions(database, config.tokenSecret);
  const revocations = new Revocations(sessions);
  const tokens = new AccessTokens(config.tokenSecret);
  const authenticator = new Authenticator(tokens, revocations, new FirstUses(sessions));
  const invites = new Invites(database, workspaces, config.publicUrl);
  const intents = new Intents(database);
  const arrivals = new Arrivals({ log, wake, intents, workspaces, logger });
  const passwords = new Passwords();
  const { setupCode } = config;
  const ports = { database, tokens, sessions, passwords, invites, intents, arrivals, workspaces, setupCode, logger };
  return { workspaces, sessions, revocations, authenticator, invites, arrivals, accounts: new Accounts(ports) };
}
