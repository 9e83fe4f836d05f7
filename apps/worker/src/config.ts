import { z } from '@parley/events';
import { MongoUrl, readEnvironment, RedisUrl, type Variables } from '@parley/events/environment';

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** A whole number, not below `least`. */
const wholeNumber = (least: number) => {
  const error = `must be a whole number from ${least} on`;
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .refine((value) => value >= least, error);
};

const Environment = z.object({
  REDIS_URL: RedisUrl.default('redis://127.0.0.1:6379'),
  REDIS_FANOUT_URL: RedisUrl.optional(),
  REDIS_JOBS_URL: RedisUrl.optional(),
  MONGODB_URL: MongoUrl.default('mongodb://127.0.0.1:27017/parley'),
  PARLEY_LOG_LEVEL: z.enum(levels, { error: `must be one of ${levels.join(', ')}` }).default('info'),
  PARLEY_HOT_EVENTS: wholeNumber(0).default(20_000),
  PARLEY_FANOUT_MS: wholeNumber(1_000).default(300_000),
  PARLEY_FANOUT_BYTES: wholeNumber(1).default(64 * 1024 * 1024),
});

/** Everything the worker is told from outside. */
export interface Config {
  readonly logUrl: string;
  readonly fanoutUrl: string;
  readonly jobsUrl: string;
  readonly mongodbUrl: string;
  readonly logLevel: (typeof levels)[number];
  /** How many archived events each partition's log keeps. */
  readonly hotEvents: number;
  /** How long the fan-out is kept, and how large it may get. */
  readonly fanoutMs: number;
  readonly fanoutBytes: number;
}

/**
 * @param environment usually `process.env`; an empty value counts as missing.
 * @throws ConfigError naming the first variable that is bad.
 */
export function readConfig(environment: Variables): Config {
  const env = readEnvironment(Environment, environment);
  return {
    logUrl: env.REDIS_URL,
    fanoutUrl: env.REDIS_FANOUT_URL ?? env.REDIS_URL,
    jobsUrl: env.REDIS_JOBS_URL ?? env.REDIS_URL,
    mongodbUrl: env.MONGODB_URL,
    logLevel: env.PARLEY_LOG_LEVEL,
    hotEvents: env.PARLEY_HOT_EVENTS,
    fanoutMs: env.PARLEY_FANOUT_MS,
    fanoutBytes: env.PARLEY_FANOUT_BYTES,
  };
}
