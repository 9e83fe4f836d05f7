import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId, type Actor, type ConversationId, type DeviceId, type UserId, type WorkspaceId } from '@parley/events';
import { directConversationId, heardConversations, openEventLog, type RedisEventLog } from '@parley/events/log';
import { Redis } from 'ioredis';
import { AccessTokens } from '../../accounts/access-token.ts';
import { createCommandHandler, type HandleCommands } from '../../commands/handle-commands.ts';
import { Targets } from '../../commands/targets.ts';
import { SocketServer } from '../../entry/socket-server.ts';
import type { Admission } from '../../limits/admission.ts';
import { unlimited } from '../../limits/limit.ts';
import { createLogger } from '../../logger.ts';
import { archivedEvents } from '../archived-events.ts';
import { EventReader } from '../event-reader.ts';
import { connectFanOut } from '../fan-out-client.ts';
import { createMarks } from '../marks.ts';
import { createSync, type Sync } from '../sync.ts';
import type { Backends } from './backends.ts';

const workspaceId = newId<WorkspaceId>();
const tokens = new AccessTokens(randomBytes(32));
const revoked = new Set<DeviceId>();

/** One api node without its HTTP routes: the real log, delivery and socket server. */
export interface TestNode extends AsyncDisposable {
  readonly url: string;
  readonly log: RedisEventLog;
  readonly sockets: SocketServer;
  readonly handleCommands: HandleCommands;
  readonly sync: Sync;
  /** Whether it hears the fan-out and takes appends. */
  readonly ready: () => boolean;
}

export interface TestNodeOptions {
  readonly recovery?: boolean;
  /** Instead of the Redis itself: a proxy to it. */
  readonly redisUrl?: string;
  /** The same for the node's tail alone. */
  readonly fanOutUrl?: string;
  readonly admission?: Admission;
  /** Sockets that one person may have; any number unless told otherwise. */
  readonly socketsEach?: number;
  /** None unless told otherwise. */
  readonly directory?: () => Promise<ConversationId | undefined>;
  /** Reads the revocations anew; at once, and none, unless told otherwise. */
  readonly reload?: () => Promise<void>;
}

/** @returns a person with one signed-in device. */
export function person(): Actor {
  return { userId: newId<UserId>(), deviceId: newId<DeviceId>() };
}

/** @returns a good access token. */
export function tokenOf({ userId, deviceId }: Actor, now = Date.now()): string {
  return tokens.issue(userId, deviceId, now).accessToken;
}

/** Ends a session as far as the nodes of this process know. */
export function revoke({ deviceId }: Actor): void {
  revoked.add(deviceId);
}

/** Starts a node; it gets `ready` when it can. */
export async function startNode(backends: Backends, options: TestNodeOptions = {}): Promise<TestNode> {
  const url = options.redisUrl ?? backends.redis.url;
  const { archive, lineage, database } = backends;
  const log = await openEventLog({ url, archive, lineage });
  const fanOutRedis = connectFanOut(options.fanOutUrl ?? url, () => undefined);
  const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true });
  redis.on('error', () => undefined);
  await redis.connect().catch(() => undefined);
  const archived = archivedEvents({ database, log, mongo: { reachable: true } });
  const reader = new EventReader(log, archived.read, archived.findLost);
  const sync = createSync({
    log,
    reader,
    hearing: (userId) => heardConversations(redis, userId),
    chains: archived.chains,
  });
  const handleCommands: HandleCommands = createCommandHandler({
    log,
    targets: new Targets({ log, reader }),
    unknownUsers: () => Promise.resolve([]),
    directId: (one, other) => directConversationId(workspaceId, one, other),
    wake: () => undefined,
    ready: () => sockets.reasons().length === 0,
  });
  const server = createServer();
  const sockets: SocketServer = new SocketServer({
    server,
    origins: ['http://parley.test'],
    recovery: options.recovery ?? true,
    // What is tested is what a recovery brings, not how fast this machine is.
    restoreWithinMs: 60_000,
    redis: fanOutRedis,
    fanOut: log.fanOut,
    sessions: {
      authenticate: (token) => Promise.resolve(tokens.verify(token)),
      stands: ({ deviceId }) => !revoked.has(deviceId),
      renewable: () => true,
    },
    reload: options.reload ?? ((): Promise<void> => Promise.resolve()),
    handleCommands,
    sync,
    raiseMark: createMarks({ log, redis, announce: (mark) => sockets.announceMark(mark) }),
    limit: unlimited,
    socketsEach: options.socketsEach ?? Infinity,
    ...(options.admission && { admission: options.admission }),
    directory: options.directory ?? (() => Promise.resolve(undefined)),
    watch: { connected: () => undefined, disconnected: () => undefined },
    logger: createLogger({ write: () => undefined }),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    sockets,
    handleCommands,
    sync,
    ready: () => sockets.reasons().length === 0 && log.status().ready,
    async [Symbol.asyncDispose]() {
      await sockets.close(0);
      server.closeAllConnections();
      server.close();
      await log.close();
      fanOutRedis.disconnect();
      redis.disconnect();
    },
  };
}
