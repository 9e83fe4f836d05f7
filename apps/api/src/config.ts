import { z } from '@parley/events';
import {
  AcceptLoss,
  MongoUrl,
  OnOff,
  Port,
  readEnvironment,
  RedisUrl,
  type Variables,
} from '@parley/events/environment';

/** Everything that the api is told from outside, checked. */
export interface Config {
  readonly logUrl: string;
  /** The log's, or a server of its own: a worker relays there what is appended. All processes must be told the same. */
  readonly fanoutUrl: string;
  readonly jobsUrl: string;
  readonly mongoUrl: string;
  readonly host: string;
  readonly port: number;
  /** At least 32 bytes; all nodes of a workspace share it. */
  readonly tokenSecret: Buffer;
  readonly setupCode: string | undefined;
  readonly webDir: string | undefined;
  readonly publicUrl: string;
  /** Origins from which a browser may change something. */
  readonly origins: readonly string[];
  readonly acceptLoss: boolean;
  readonly recovery: boolean;
  /** Whether it is limited how much one person may do: `limits/policies.ts`. */
  readonly limits: boolean;
}

const secretPattern = /^[A-Za-z0-9_-]{43,}={0,2}$/;

const Environment = z.object({
  REDIS_URL: RedisUrl,
  REDIS_FANOUT_URL: RedisUrl.optional(),
  REDIS_JOBS_URL: RedisUrl.optional(),
  MONGODB_URL: MongoUrl,
  HOST: z.string().min(1, 'must name an address to listen on').default('127.0.0.1'),
  PORT: Port,
  PARLEY_TOKEN_SECRET: z.string().regex(secretPattern, 'must be at least 32 random bytes in base64url'),
  PARLEY_SETUP_CODE: z.string().min(8, 'must have at least 8 characters').optional(),
  PARLEY_WEB_DIR: z.string().min(1, 'must name a folder').optional(),
  PARLEY_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' }).optional(),
  PARLEY_ACCEPT_LOSS: AcceptLoss,
  PARLEY_RECOVERY: OnOff,
  PARLEY_LIMITS: OnOff,
});

/**
 * @param environment names and values, as in `process.env`; an empty value counts as missing.
 * @throws ConfigError naming the first variable that is missing or bad.
 */
export function readConfig(environment: Variables): Config {
  const env = readEnvironment(Environment, environment);
  const publicUrl = new URL(env.PARLEY_PUBLIC_URL ?? `http://localhost:${env.PORT}`).origin;
  return {
    logUrl: env.REDIS_URL,
    fanoutUrl: env.REDIS_FANOUT_URL ?? env.REDIS_URL,
    jobsUrl: env.REDIS_JOBS_URL ?? env.REDIS_URL,
    mongoUrl: env.MONGODB_URL,
    host: env.HOST,
    port: env.PORT,
    tokenSecret: Buffer.from(env.PARLEY_TOKEN_SECRET, 'base64url'),
    setupCode: env.PARLEY_SETUP_CODE,
    webDir: env.PARLEY_WEB_DIR,
    publicUrl,
    origins: [...new Set([publicUrl, `http://127.0.0.1:${env.PORT}`, `http://localhost:${env.PORT}`])],
    acceptLoss: env.PARLEY_ACCEPT_LOSS,
    recovery: env.PARLEY_RECOVERY,
    limits: env.PARLEY_LIMITS,
  };
}
