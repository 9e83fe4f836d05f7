import { Redis } from 'ioredis';

export type LogServerFault =
  'version' | 'replica' | 'no_aof' | 'fsync' | 'rewrite' | 'eviction' | 'maxmemory' | 'forbidden' | 'emptied';

/** The log's Redis answers, but may not be used as it is. The message says what to change. */
export class LogServerError extends Error {
  override readonly name = 'LogServerError';
  readonly fault: LogServerFault;

  constructor(fault: LogServerFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Nothing waits longer than this for a log Redis that is silent. */
export const SILENCE_MS = 1_500;

const failFast = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  socketTimeout: SILENCE_MS,
  connectTimeout: SILENCE_MS,
  lazyConnect: true,
};

/**
 * A connection for appends and reads. What was in flight when it broke is undecided and is never sent again by the
 * connection itself: only the caller may, by commandId.
 */
export function connectLog(url: string): Redis {
  const redis = new Redis(url, { ...failFast, retryStrategy: (times) => Math.min(50 * times, 500) });
  redis.on('error', () => undefined);
  return redis;
}

/**
 * A connection for what may be done twice: it waits for the server, and gives up when the server can't be reached at the
 * second try.
 */
export function connectWork(url: string): Redis {
  const { socketTimeout, connectTimeout } = failFast;
  const retryStrategy = (times: number): number => Math.min(50 * times, 500);
  const redis = new Redis(url, { socketTimeout, connectTimeout, maxRetriesPerRequest: 1, retryStrategy });
  redis.on('error', () => undefined);
  return redis;
}

/** A connection that ends when it breaks: whatever is asked on it is answered by one and the same run of the server. */
export async function connectOnce(url: string): Promise<Redis> {
  const redis = new Redis(url, { ...failFast, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return redis;
}

/**
 * Checks that the server at a URL may hold the log: the one rule, for whoever starts Parley and for every node.
 * Rejects with a `LogServerError`, or with what hinders the connection.
 */
export async function checkLogServer(url: string, acceptLoss: boolean): Promise<void> {
  const redis = await connectOnce(url);
  try {
    await verifyLogServer(redis, acceptLoss);
  } finally {
    redis.disconnect();
  }
}

/**
 * Verifies that a server keeps what it acknowledges.
 * @param acceptLoss the operator has named the loss: what can only lose acknowledged messages is let through.
 * @returns its run_id. Rejects with a `LogServerError` if it may not be used.
 */
export async function verifyLogServer(redis: Redis, acceptLoss: boolean): Promise<string> {
  const info = readInfo(await redis.info());
  if (Number.parseInt(info.get('redis_version') ?? '0', 10) < 7) {
    throw new LogServerError(
      'version',
      'The log needs Redis 7 or newer, or Valkey: install one, or point REDIS_URL to it.',
    );
  }
  if (info.get('role') !== 'master') {
    throw new LogServerError('replica', 'REDIS_URL points to a replica: point it to the primary.');
  }
  const settings = await readSettings(redis);
  for (const required of REQUIRED) demand(required, settings, acceptLoss);
  if (Number(settings.get('maxmemory') ?? '0') <= 0) {
    throw new LogServerError('maxmemory', 'The log Redis has no memory limit: set `maxmemory`, for example to 512mb.');
  }
  return info.get('run_id') ?? '';
}

interface Required {
  readonly setting: string;
  readonly value: string;
  readonly fault: LogServerFault;
  /** What it does otherwise. */
  readonly otherwise: string;
  /** Whether the loss of acknowledged messages is all that can come of it: then the operator may accept it. */
  readonly acceptable: boolean;
}

const REQUIRED: readonly Required[] = [
  {
    setting: 'appendonly',
    value: 'yes',
    fault: 'no_aof',
    otherwise: 'keeps nothing on disk',
    acceptable: true,
  },
  {
    setting: 'appendfsync',
    value: 'always',
    fault: 'fsync',
    otherwise: 'acknowledges before it has written',
    acceptable: true,
  },
  {
    setting: 'no-appendfsync-on-rewrite',
    value: 'no',
    fault: 'rewrite',
    otherwise: 'does not sync while it rewrites',
    acceptable: true,
  },
  // A key that is thrown away may be a member's right or a receipt: messages would come twice, and to the wrong people.
  {
    setting: 'maxmemory-policy',
    value: 'noeviction',
    fault: 'eviction',
    otherwise: 'throws keys away when memory is short',
    acceptable: false,
  },
];

function demand(required: Required, settings: ReadonlyMap<string, string>, acceptLoss: boolean): void {
  const { setting, value, fault, otherwise, acceptable } = required;
  if (settings.get(setting) === value || (acceptable && acceptLoss)) return;
  const flag = acceptable ? ', or set PARLEY_ACCEPT_LOSS=yes if acknowledged messages may get lost' : '';
  throw new LogServerError(fault, `The log Redis ${otherwise}: set \`${setting} ${value}\`${flag}.`);
}

async function readSettings(redis: Redis): Promise<Map<string, string>> {
  try {
    const names = [...REQUIRED.map(({ setting }) => setting), 'maxmemory'];
    const replies = await Promise.all(names.map((name) => redis.config('GET', name)));
    return new Map(replies.flatMap((reply) => pairs(reply)));
  } catch (error) {
    if (!(error instanceof Error) || !/NOPERM|unknown command/i.test(error.message)) throw error;
    throw new LogServerError('forbidden', 'The log Redis does not let Parley read its settings: allow CONFIG GET.');
  }
}

function pairs(flat: string[]): [string, string][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : []) as [string, string][]);
}

/** @returns the fields of an INFO reply. */
export function readInfo(info: string): Map<string, string> {
  const lines = info.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}
