import { until } from '@parley/servers';

/**
 * Waits until a condition holds.
 * @throws when it does not within a minute.
 */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const held = await until(async () => ((await condition()) ? true : undefined), 60_000);
  if (held !== true) throw new Error(`It never came to this: ${what}.`);
}
