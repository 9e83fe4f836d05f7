import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from '@parley/events';
import { AcceptLoss, OnOff, Port, readEnvironment } from '@parley/events/environment';

/** The root of the source tree; paths in the environment are relative to it, wherever the command is called from. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What the operator decides. This file alone reads the environment. */
export interface ParleyConfig {
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
  /** The address in the browser, without a slash at its end. */
  readonly publicUrl: string;
  /** Where own servers, secrets and the status are kept. */
  readonly dataDir: string;
  /** The built web app; nothing is served where it is not there. */
  readonly webDir: string;
  /** Undefined: Parley brings its own. */
  readonly redisUrl: string | undefined;
  readonly fanoutUrl: string | undefined;
  readonly jobsUrl: string | undefined;
  readonly mongoUrl: string | undefined;
  readonly tokenSecret: string | undefined;
  /** The operator accepts a Redis that can lose acknowledged messages. */
  readonly acceptLoss: boolean;
  readonly allowDocker: boolean;
  /** Whole environment, for the processes that are started. */
  readonly inherited: NodeJS.ProcessEnv;
}

/** What the servers' addresses must be like the processes that use them say. */
const Environment = z.object({
  PORT: Port,
  HOST: z.string().default('127.0.0.1'),
  PARLEY_PUBLIC_URL: z.string().optional(),
  PARLEY_DATA: z.string().default('.parley'),
  PARLEY_WEB_DIR: z.string().default('apps/web/build'),
  PARLEY_TOKEN_SECRET: z.string().optional(),
  PARLEY_ACCEPT_LOSS: AcceptLoss,
  PARLEY_DOCKER: OnOff,
  REDIS_URL: z.string().optional(),
  REDIS_FANOUT_URL: z.string().optional(),
  REDIS_JOBS_URL: z.string().optional(),
  MONGODB_URL: z.string().optional(),
});

/**
 * Reads the configuration; an empty variable counts as missing.
 * @throws ConfigError naming the first variable that is bad.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): ParleyConfig {
  const env = readEnvironment(Environment, environment);
  return {
    port: env.PORT,
    host: env.HOST,
    publicUrl: (env.PARLEY_PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    dataDir: resolve(ROOT, env.PARLEY_DATA),
    webDir: resolve(ROOT, env.PARLEY_WEB_DIR),
    redisUrl: env.REDIS_URL,
    fanoutUrl: env.REDIS_FANOUT_URL,
    jobsUrl: env.REDIS_JOBS_URL,
    mongoUrl: env.MONGODB_URL,
    tokenSecret: env.PARLEY_TOKEN_SECRET,
    acceptLoss: env.PARLEY_ACCEPT_LOSS,
    allowDocker: env.PARLEY_DOCKER,
    inherited: environment,
  };
}
