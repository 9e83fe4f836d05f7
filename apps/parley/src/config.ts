import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** Reads the configuration. Throws an `Error` with a plain sentence when a value can't be used. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): ParleyConfig {
  const port = Number(filled(environment.PORT) ?? '8080');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`PORT is ${environment.PORT ?? ''}; it must be a number between 1 and 65535.`);
  }
  return {
    port,
    host: filled(environment.HOST) ?? '127.0.0.1',
    publicUrl: (filled(environment.PARLEY_PUBLIC_URL) ?? `http://localhost:${port}`).replace(/\/+$/, ''),
    dataDir: resolve(ROOT, filled(environment.PARLEY_DATA) ?? '.parley'),
    redisUrl: filled(environment.REDIS_URL),
    fanoutUrl: filled(environment.REDIS_FANOUT_URL),
    jobsUrl: filled(environment.REDIS_JOBS_URL),
    mongoUrl: filled(environment.MONGODB_URL),
    tokenSecret: filled(environment.PARLEY_TOKEN_SECRET),
    acceptLoss: environment.PARLEY_ACCEPT_LOSS === 'yes',
    allowDocker: environment.PARLEY_DOCKER !== 'off',
    inherited: environment,
  };
}

/** An empty variable counts as one that is not set. */
function filled(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
