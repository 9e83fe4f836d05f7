import { z } from './contract/z.ts';

/** A variable of the environment is missing or bad. The message is one sentence that names it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Names and values, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** `PORT`: what the api listens on. */
export const Port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number from 1 to 65535')
  .transform(Number)
  .refine((port) => port >= 1 && port <= 65_535, 'must be a port number from 1 to 65535')
  .default(8080);

/** The address of a Redis server. */
export const RedisUrl = z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// address' });

/** The address of MongoDB. That of a replica set names several hosts, which no URL parser takes. */
export const MongoUrl = z.string().regex(/^mongodb(\+srv)?:\/\/.+/, 'must be a mongodb:// or mongodb+srv:// address');

/** A switch, which is on unless it is turned off. */
export const OnOff = z
  .enum(['on', 'off'], { error: 'must be `on` or `off`' })
  .default('on')
  .transform((word) => word === 'on');

/** `PARLEY_ACCEPT_LOSS`: whether the operator takes a log that can lose acknowledged messages. */
export const AcceptLoss = z
  .literal('yes', { error: 'must be `yes` or not set' })
  .optional()
  .transform((word) => word === 'yes');

/**
 * The one way in which every app reads its environment.
 * @param variables an empty value counts as missing.
 * @throws ConfigError naming the first variable that is missing or bad.
 */
export function readEnvironment<T>(schema: z.ZodType<T>, variables: Variables): T {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const read = schema.safeParse(given);
  if (!read.success) throw new ConfigError(sentenceOf(read.error, given));
  return read.data;
}

/** Never shows the value: it may be a secret or hold one. */
function sentenceOf(error: z.ZodError, given: Variables): string {
  const issue = error.issues[0];
  const name = String(issue?.path[0]);
  return name in given ? `${name} ${String(issue?.message)}.` : `${name} is not set; set it and start again.`;
}
