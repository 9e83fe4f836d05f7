import { TcpProxy } from '@parley/battery/tcp-proxy';
import { unlimited } from '@parley/stack';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, People, shown, texts } from './stack/people.ts';
import { RawListener } from './stack/raw-listener.ts';
import { numbered, seed } from './stack/seeding.ts';

const MISSED = 5_000;
/** What a node hands out in one answer: what bounds how long it is busy with one client. */
const PAGE = 500;

const parley = parleyForFile({ apis: 2, env: unlimited });
let link: TcpProxy;
let behindLink: People;

beforeAll(async () => {
  link = await TcpProxy.start({ port: Number(new URL(parley.stack.apis[0]?.url ?? '').port) });
  behindLink = new People(parley.stack, `http://127.0.0.1:${link.port}`);
});
afterAll(async () => {
  await behindLink.close();
  await link.close();
});

it('trap 9, G5: what passed through the fan-out while a client was away is gone from there; sync brings it in bounded pages, and the node answers others meanwhile', async () => {
  const { people, stack } = parley;
  const [alice, bob] = [await people.setUp('Alice', 0), await people.join('Bob', 1)];
  const channel = await alice.createChannel('outrun', 'private', [bob.session.user.userId]);
  const phone = await behindLink.device('Bob');
  await Promise.all([alice, phone].map((client) => opened(client, channel)));
  await seed(alice, channel, ['before']);
  await holds(phone, channel, 1);

  link.cut();
  await eventually('the phone knows that it is away', () => phone.connection.state !== 'online');
  const missed = numbered('missed', MISSED);
  await seed(alice, channel, missed);
  const redis = new Redis(stack.redis.url);
  await redis.xtrim('socket.io', 'MAXLEN', 0);
  redis.disconnect();
  expect(await pageSizes()).toEqual(Array.from({ length: MISSED / PAGE }, () => PAGE));

  let isBack = false;
  const others = answersUntil(() => isBack);
  link.heal();
  await holds(phone, channel, MISSED + 1);
  isBack = true;
  const { count, slowestMs } = await others;
  expect(count).toBeGreaterThan(0);
  console.log(`trap 9: the node answered ${count} others meanwhile, the slowest after ${slowestMs.toFixed(0)} ms`);
  expect(texts(phone, channel)).toEqual(['before', ...missed]);
  await holds(alice, channel, MISSED + 1);
  expect(shown(phone, channel)).toEqual(shown(alice, channel));

  /** @returns how many events each page of a sync from the phone's place has. */
  async function pageSizes(): Promise<number[]> {
    const listener = await RawListener.open(stack.apis[0]?.url ?? '', bob.session.accessToken);
    const { epoch } = await bob.call('history', { limit: 1 }, { conversationId: channel });
    const sizes: number[] = [];
    for (let [seq, more] = [2, true]; more;) {
      const answer = await listener.ask('sync', { positions: { [epoch]: { [channel]: seq } } });
      if (!answer.ok) throw new Error(answer.refusal.message);
      const page = answer.reply.conversations.find((row) => row.conversationId === channel);
      const last = page?.events.at(-1);
      if (page && last) sizes.push(page.events.length);
      [seq, more] = [last?.seq ?? seq, page?.more ?? false];
    }
    listener.close();
    return sizes;
  }

  /** Asks the node for a sign of life, again and again. */
  async function answersUntil(isOver: () => boolean): Promise<{ count: number; slowestMs: number }> {
    let [count, slowestMs] = [0, 0];
    while (!isOver()) {
      const began = performance.now();
      await (await fetch(`${stack.apis[0]?.url ?? ''}/health/live`)).text();
      slowestMs = Math.max(slowestMs, performance.now() - began);
      if (!isOver()) count += 1;
    }
    return { count, slowestMs };
  }
});
