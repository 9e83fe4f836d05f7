import { z } from 'zod';

const flag = z.literal('yes').optional();

const Environment = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default('redis://127.0.0.1:6379'),
  REDIS_FANOUT_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  REDIS_JOBS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  MONGODB_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//)
    .default('mongodb://127.0.0.1:27017/parley'),
  PARLEY_ACCEPT_LOSS: flag,
  PARLEY_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  PARLEY_HOT_EVENTS: z.coerce.number().int().min(0).default(20_000),
  PARLEY_FANOUT_MS: z.coerce.number().int().min(1_000).default(300_000),
  PARLEY_FANOUT_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(64 * 1024 * 1024),
});

/** Everything the worker is told from outside. */
export interface Config {
  readonly logUrl: string;
  readonly fanoutUrl: string;
  readonly jobsUrl: string;
  readonly mongodbUrl: string;
  readonly acceptLoss: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** How many archived events each partition's log keeps. */
  readonly hotEvents: number;
  /** How long the fan-out is kept, and how large it may get. */
  readonly fanoutMs: number;
  readonly fanoutBytes: number;
}

/**
 * @param environment usually `process.env`.
 * @throws an Error with one line for each variable that is wrong.
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const read = Environment.safeParse(environment);
  if (!read.success) throw new Error(`The environment is wrong. ${z.prettifyError(read.error)}`);
  const { REDIS_URL, REDIS_FANOUT_URL, REDIS_JOBS_URL, MONGODB_URL } = read.data;
  return {
    logUrl: REDIS_URL,
    fanoutUrl: REDIS_FANOUT_URL ?? REDIS_URL,
    jobsUrl: REDIS_JOBS_URL ?? REDIS_URL,
    mongodbUrl: MONGODB_URL,
    acceptLoss: read.data.PARLEY_ACCEPT_LOSS === 'yes',
    logLevel: read.data.PARLEY_LOG_LEVEL,
    hotEvents: read.data.PARLEY_HOT_EVENTS,
    fanoutMs: read.data.PARLEY_FANOUT_MS,
    fanoutBytes: read.data.PARLEY_FANOUT_BYTES,
  };
}
