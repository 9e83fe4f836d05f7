import { unlimited } from '@parley/stack';
import { describe, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, openedWhole, say, shown, texts } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

const EACH = 1_000;

describe.each([2, 4])('two people on the first and the last of %i nodes', (apis) => {
  const parley = parleyForFile({ apis, env: unlimited });

  it(`A1, B1: send each other ${EACH} messages at once: live, none lost, none doubled, in one order on every node`, async () => {
    const { people } = parley;
    const { alice, bob, channel } = await people.aliceAndBobIn('launch');
    const between = [];
    for (let node = 1; node < apis - 1; node += 1) between.push(await people.device('Bob', node));
    await Promise.all(between.map((client) => opened(client, channel)));

    const began = performance.now();
    await Promise.all(
      [alice, bob].flatMap((client) =>
        numbered(`from ${client.session.user.name}`, EACH).map((text) => say(client, channel, text)),
      ),
    );
    for (const client of [alice, bob, ...between]) await holds(client, channel, 2 * EACH);
    console.log(`A1, ${apis} nodes: all hold ${2 * EACH} after ${(performance.now() - began).toFixed(0)} ms`);

    for (const client of [bob, ...between]) expect(shown(client, channel)).toEqual(shown(alice, channel));
    for (const name of ['Alice', 'Bob'])
      expect(texts(bob, channel).filter((text) => text.startsWith(`from ${name}`))).toEqual(
        numbered(`from ${name}`, EACH),
      );
    // An own message is shown from its receipt on; that it is also heard may come later.
    const head = 2 * EACH + 1;
    await eventually('Bob is complete', () => bob.timeline(channel).complete === head);
    expect([bob.timeline(channel).first, bob.timeline(channel).head]).toEqual([1, head]);
  });

  it('a newcomer on the other node reads the same history', async () => {
    const again = await parley.people.device('Bob', 0);
    const channel = await eventually('the channel is listed', () =>
      again.conversations.find((row) => row.name === 'launch'),
    );
    await openedWhole(again, channel.conversationId);
    expect(shown(again, channel.conversationId)).toHaveLength(2 * EACH);
  });
});
