import { setInterval as everySoOften } from 'node:timers/promises';
import type { ChatClient } from '@parley/client';
import { type ConversationId } from '@parley/events';
import { expect, it } from 'vitest';

import { archivedUpTo, ask } from './stack/acked.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown, texts } from './stack/people.ts';

/** What the trap asks for: how long Redis is away. */
const AWAY_MS = 30_000;
const EVERY_MS = 250;

const ends: string[] = [];
const parley = parleyForFile({
  apis: 2,
  watch: {
    printed: () => undefined,
    ended: (process, how) => {
      if (!how.asked) ends.push(`${process.role} ended with ${String(how.code)}`);
    },
  },
});

it('G12, trap 10: with Redis away for 30 s no process ends, sends are refused for now, reads go on, and then all are complete', async () => {
  const { people, stack } = parley;
  const alice = await people.setUp('Alice', 0);
  const [bob, carol] = [await people.join('Bob', 1), await people.join('Carol', 1)];
  const everyone = [alice, bob, carol];
  const others = [bob, carol].map((client) => client.session.user.userId);
  const channel = await alice.createChannel('away', 'private', others);
  await Promise.all(everyone.map((client) => opened(client, channel)));
  for (let n = 1; n <= 30; n += 1) await say(everyone[n % 3] ?? alice, channel, `before ${n}`);
  await Promise.all(everyone.map((client) => holds(client, channel, 30)));
  // What is read without Redis comes from the archive.
  await archivedUpTo(alice, channel, 31);

  await stack.redis.kill('SIGKILL');
  const end = performance.now() + AWAY_MS;
  const written: string[] = [];
  const refusals: Refused[] = [];
  const turns = everySoOften(EVERY_MS);
  while (performance.now() < end) {
    await turns.next();
    const turn = written.length;
    const client = everyone[turn % 3] ?? alice;
    written.push(`while away ${turn}`);
    await say(client, channel, `while away ${turn}`);
    refusals.push(await refused(client, channel));
    const page = await client.call('history', { limit: 50 }, { conversationId: channel });
    expect(page.events.length).toBeGreaterThanOrEqual(30);
    expect((await client.call('conversations', {})).conversations.length).toBeGreaterThan(0);
  }
  // The second is what a node says that heard nothing of the fan-out for a while; a client waits at either.
  for (const { kind } of refusals) expect(['unavailable', 'not_ready']).toContain(kind);
  const slowest = Math.max(...refusals.map(({ ms }) => ms));
  // How soon is measured, and judged on a quiet machine.
  console.log(`trap 10: ${refusals.length} sends refused, the slowest after ${slowest.toFixed(0)} ms`);
  expect(everyone.map((client) => client.waiting).reduce((sum, waiting) => sum + waiting)).toBe(written.length);

  await stack.redis.restart();
  await Promise.all(everyone.map((client) => holds(client, channel, 30 + written.length)));
  expect(
    texts(alice, channel)
      .filter((text) => text.startsWith('while'))
      .sort(),
  ).toEqual([...written].sort());
  for (const client of [bob, carol]) expect(shown(client, channel)).toEqual(shown(alice, channel));
  expect(ends).toEqual([]);
});

interface Refused {
  readonly kind: string;
  readonly ms: number;
}

/** One attempt to send, around the outbox. */
async function refused(client: ChatClient, channel: ConversationId): Promise<Refused> {
  const began = performance.now();
  const kind = await ask(client, channel, 'never promised');
  return { kind: typeof kind === 'string' ? kind : 'accepted', ms: performance.now() - began };
}
