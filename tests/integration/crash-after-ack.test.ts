import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { beforeAll, expect, it } from 'vitest';

import { acked, archivedUpTo } from './stack/acked.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, shown } from './stack/people.ts';

const parley = parleyForFile({});
let alice: ChatClient;
let channel: ConversationId;
/** What the server said that it has: `#seq text`. */
const promised: string[] = [];

beforeAll(async () => {
  alice = await parley.people.setUp('Alice');
  channel = await alice.createChannel('promises', 'private', []);
});

const victims = {
  Redis: { kill: () => parley.stack.redis.kill('SIGKILL'), restart: () => parley.stack.redis.restart() },
  MongoDB: { kill: () => parley.stack.mongo.kill('SIGKILL'), restart: () => parley.stack.mongo.restart() },
  'the worker': {
    kill: () => parley.stack.workers[0]?.kill('SIGKILL'),
    restart: () => parley.stack.workers[0]?.start(),
  },
};

it.each(['Redis', 'MongoDB', 'the worker'] as const)(
  'A5, G1: kill -9 of %s right after an ack: every acked message is there after the restart',
  async (name) => {
    for (let round = 1; round <= 3; round += 1) {
      const receipt = await acked(alice, channel, `before ${name} died, ${round}`);
      await victims[name].kill();
      promised.push(`#${receipt.seq} before ${name} died, ${round}`);
      await victims[name].restart();
    }
    // What it says now comes from the log alone, from the archive alone, or from both: a fresh device asks.
    await archivedUpTo(alice, channel, promised.length + 1);
    const fresh = await parley.people.device('Alice');
    await opened(fresh, channel);
    await holds(fresh, channel, promised.length);
    expect(shown(fresh, channel)).toEqual(promised);
  },
);
