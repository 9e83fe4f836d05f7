import { describe, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, openedWhole, say, shown, texts } from './stack/people.ts';

describe('two people on two nodes', () => {
  const parley = parleyForFile();

  it('A1, B1: talk in a channel, live, in one order on every node', async () => {
    const { alice, bob, channel } = await parley.people.aliceAndBobIn('launch');

    for (let n = 1; n <= 100; n += 1) {
      await say(alice, channel, `from Alice ${n}`);
      await say(bob, channel, `from Bob ${n}`);
    }
    await Promise.all([holds(alice, channel, 200), holds(bob, channel, 200)]);

    expect(shown(alice, channel)).toEqual(shown(bob, channel));
    expect(texts(bob, channel).filter((text) => text.startsWith('from Alice'))).toEqual(
      Array.from({ length: 100 }, (_, n) => `from Alice ${n + 1}`),
    );
    // An own message is shown from its receipt on; that it is also heard may come later.
    await eventually('Bob is complete', () => bob.timeline(channel).complete === 201);
    expect([bob.timeline(channel).first, bob.timeline(channel).head]).toEqual([1, 201]);
  });

  it('a newcomer on the other node reads the same history', async () => {
    const again = await parley.people.device('Bob', 0);
    const channel = await eventually('the channel is listed', () =>
      again.conversations.find((row) => row.name === 'launch'),
    );
    await openedWhole(again, channel.conversationId);
    expect(shown(again, channel.conversationId)).toHaveLength(200);
  });
});
