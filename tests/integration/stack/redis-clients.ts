import { Redis } from 'ioredis';

import { eventually } from './eventually.ts';

/** So many looks in a row, some two seconds, find the same before a number counts as settled. */
const LOOKS = 100;

/** @returns how many clients a Redis has, the one that asks included. */
export async function countClients(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    return String(await redis.client('LIST'))
      .trim()
      .split('\n').length;
  } finally {
    redis.disconnect();
  }
}

/** @returns how many clients a Redis has once that stays the same: what only comes and goes has gone. */
export async function settledClients(url: string): Promise<number> {
  let [last, same] = [0, 0];
  return eventually('as many clients for a while', async () => {
    const now = await countClients(url);
    same = now === last ? same + 1 : 0;
    last = now;
    return same >= LOOKS && now;
  });
}
