import { ephemeralMongo, ephemeralRedis } from '@parley/servers';
import { startStack, unlimited } from '@parley/stack';
import type { Measured } from '../goal.ts';
import { quantile, rounded } from '../load/quantile.ts';
import { HttpAccount } from '../systems/http-account.ts';
import { createRoom, fillRoom } from '../systems/room.ts';
import { untilArchived } from '../systems/until-archived.ts';

const million = 1_000_000;
const pages = 500;
const perPage = 50;

/** A page of 50 from anywhere in a long conversation, over HTTP. */
export async function p6(scale: number): Promise<Measured> {
  const messages = million * scale;
  await using undo = new AsyncDisposableStack();
  const redis = undo.adopt(await ephemeralRedis({ settings: { maxmemory: '4gb' } }), (one) => one.stop());
  const mongo = undo.adopt(await ephemeralMongo(), (one) => one.stop());
  const stack = undo.adopt(await startStack({ redis, mongo, env: unlimited }), (one) => one.close());
  const url = stack.apis[0]?.url ?? '';
  const account = await HttpAccount.setUp(url, stack.setupCode);
  const conversationId = await createRoom(account, []);
  await fillRoom(account, conversationId, messages);
  // Seq 1 is the creation.
  await untilArchived(url, account, conversationId, messages + 1);
  const took: number[] = [];
  for (let page = 0; page < pages; page += 1) {
    const before = 60 + Math.floor(Math.random() * (messages - 60));
    const started = performance.now();
    const { events } = (await account.get(
      `/conversations/${conversationId}/history?limit=${perPage}&before=${before}`,
    )) as { events: unknown[] };
    took.push(performance.now() - started);
    if (events.length !== perPage) throw new Error(`A page came with ${events.length} events.`);
  }
  const value = rounded(quantile(took, 0.99));
  const detail = { p50: rounded(quantile(took, 0.5)), messages, pages };
  return { value, unit: 'ms (p99)', ratios: {}, goal: 'p99 ≤ 10 ms', met: value <= 10, detail };
}
