import { randomBytes } from 'node:crypto';
import { freePort, testServer, type ServerHandle } from '@parley/servers';

import { AppProcess, type AppRole, type ProcessWatch } from './app-process.ts';

export interface StackOptions {
  readonly apis?: number;
  readonly workers?: number;
  /** More environment, for all processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** And for those of one role alone: a link of its own to a server. */
  readonly envOf?: Partial<Readonly<Record<AppRole, Readonly<Record<string, string>>>>>;
  readonly watch?: ProcessWatch;
  /** False leaves api nodes and workers that can't be ready yet: they are launched, and not waited for. */
  readonly awaitReady?: boolean;
  /** Servers to use; by default an own Redis and MongoDB as tests get them (`testServer`), which end with the stack. */
  readonly redis?: ServerHandle;
  readonly mongo?: ServerHandle;
  /** A server of its own for the fan-out or the jobs: `true` for one as tests get them, which ends with the stack. */
  readonly fanout?: ServerHandle | true;
  readonly jobs?: ServerHandle | true;
  /** What the processes connect to, where it is not the servers themselves: a fault proxy between. */
  readonly redisUrl?: string;
  readonly mongoUrl?: string;
  readonly fanoutUrl?: string;
  readonly jobsUrl?: string;
  /** Built web app that the api serves. */
  readonly webDir?: string;
  readonly tree?: string;
}

/** The whole of Parley as real processes on loopback: any number of api nodes and workers, Redis and MongoDB. */
export interface Stack {
  readonly redis: ServerHandle;
  readonly mongo: ServerHandle;
  /** Undefined where the log's Redis has that role too. */
  readonly fanout: ServerHandle | undefined;
  readonly jobs: ServerHandle | undefined;
  readonly apis: readonly { readonly url: string; readonly process: AppProcess }[];
  readonly workers: readonly AppProcess[];
  readonly setupCode: string;
  readonly env: Readonly<Record<string, string>>;
  addApi(): Promise<{ url: string; process: AppProcess }>;
  close(): Promise<void>;
}

/** The environment where one person does as much as a whole workspace, on purpose. */
export const unlimited = { PARLEY_LIMITS: 'off' };

/**
 * Starts servers and processes and resolves when all are ready. `close` ends all of them. `PARLEY_RECOVERY` is handed on
 * from the environment, so that whole suites run with it and without.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const own: ServerHandle[] = [];
  const ownServer = async (kind: ServerHandle['kind']): Promise<ServerHandle> => {
    const { server } = await testServer(kind);
    own.push(server);
    return server;
  };
  const [redis, mongo, fanout, jobs] = await Promise.all([
    options.redis ?? ownServer('redis'),
    options.mongo ?? ownServer('mongodb'),
    options.fanout === true ? ownServer('redis') : options.fanout,
    options.jobs === true ? ownServer('redis') : options.jobs,
  ]);
  const fanoutUrl = options.fanoutUrl ?? fanout?.url;
  const jobsUrl = options.jobsUrl ?? jobs?.url;
  const setupCode = randomBytes(9).toString('base64url');
  const env = {
    REDIS_URL: options.redisUrl ?? redis.url,
    MONGODB_URL: options.mongoUrl ?? mongo.url,
    ...(fanoutUrl === undefined ? {} : { REDIS_FANOUT_URL: fanoutUrl }),
    ...(jobsUrl === undefined ? {} : { REDIS_JOBS_URL: jobsUrl }),
    PARLEY_TOKEN_SECRET: randomBytes(32).toString('base64url'),
    PARLEY_SETUP_CODE: setupCode,
    ...(process.env.PARLEY_RECOVERY === undefined ? {} : { PARLEY_RECOVERY: process.env.PARLEY_RECOVERY }),
    ...(options.webDir === undefined ? {} : { PARLEY_WEB_DIR: options.webDir }),
    ...options.env,
  };
  const tree = options.tree === undefined ? {} : { tree: options.tree };
  const apis: { url: string; process: AppProcess }[] = [];
  const { watch } = options;
  const envOf = (role: AppRole): Record<string, string> => ({ ...env, ...options.envOf?.[role] });
  const workers = Array.from(
    { length: options.workers ?? 1 },
    () => new AppProcess({ role: 'worker', env: envOf('worker'), watch, ...tree }),
  );

  async function addApi(): Promise<{ url: string; process: AppProcess }> {
    const port = await freePort();
    const process = new AppProcess({ role: 'api', env: { ...envOf('api'), PORT: String(port) }, watch, ...tree });
    const node = { url: `http://127.0.0.1:${port}`, process };
    apis.push(node);
    if (options.awaitReady ?? true) await process.start();
    else process.launch();
    return node;
  }

  async function close(): Promise<void> {
    await Promise.all([...apis.map((api) => api.process), ...workers].map((process) => process.kill()));
    await Promise.all(own.map((server) => server.stop()));
  }

  try {
    // One after the other at first: the first process creates the indexes that the others find.
    for (let count = 0; count < (options.apis ?? 1); count += 1) await addApi();
    if (options.awaitReady ?? true) await Promise.all(workers.map((worker) => worker.start()));
    else for (const worker of workers) worker.launch();
  } catch (error) {
    await close();
    throw error;
  }
  return { redis, mongo, fanout, jobs, apis, workers, setupCode, env, addApi, close };
}
