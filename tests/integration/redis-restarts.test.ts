import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { beforeAll, expect, it } from 'vitest';

import { acked, archivedUpTo } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown } from './stack/people.ts';
import { countClients, settledClients } from './stack/redis-clients.ts';

const RESTARTS = 20;
/** So many lives end as soon as Redis answers; then comes one that lasts until the log took something. */
const SHORT_LIVES = 4;
const EACH = 5;

const parley = parleyForFile();
let alice: ChatClient;
let bob: ChatClient;
let channel: ConversationId;

beforeAll(async () => {
  alice = await parley.people.setUp('Alice', 0);
  bob = await parley.people.join('Bob', 1);
  channel = await alice.createChannel('restless', 'private', [bob.session.user.userId]);
  await Promise.all([opened(alice, channel), opened(bob, channel)]);
});

it(
  `C1: Redis killed and restarted ${RESTARTS} times under load: no process ends, no client is left over, nothing is lost`,
  { timeout: 900_000 },
  async () => {
    await acked(alice, channel, 'warm');
    await archivedUpTo(alice, channel, 2);
    const clients = await settledClients(parley.stack.redis.url);
    const processes = [...parley.stack.apis.map((api) => api.process), ...parley.stack.workers];
    const pids = processes.map((process) => process.pid);

    let total = 1;
    for (let restart = 1; restart <= RESTARTS; restart += 1) {
      for (const client of [alice, bob]) for (let n = 0; n < EACH; n += 1) void say(client, channel, `${restart}.${n}`);
      total += 2 * EACH;
      await parley.stack.redis.kill('SIGKILL');
      await parley.stack.redis.restart();
      if (restart % (SHORT_LIVES + 1) !== 0) continue;
      await acked(restart % 2 === 0 ? alice : bob, channel, `life ${restart}`);
      total += 1;
    }
    await Promise.all([holds(alice, channel, total), holds(bob, channel, total)]);
    expect(shown(bob, channel)).toEqual(shown(alice, channel));
    expect(processes.map((process) => process.pid)).toEqual(pids);
    await eventually(
      'as many Redis clients as before',
      async () => (await countClients(parley.stack.redis.url)) <= clients,
    );
  },
);
