import type { Transport } from '@parley/client';
import { expect, it } from 'vitest';

import { ask } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, texts } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

/** Three times what anybody may send at once. */
const MESSAGES = 300;

const parley = parleyForFile({});

it.each<Transport>(['auto', 'http'])(
  'B15F, G3: what somebody sends beyond the limit (%s) waits in the outbox and arrives, all of it and in order; nobody else waits',
  async (transport) => {
    const { alice, bob, channel } = await parley.people.aliceAndBobIn(`limits ${transport}`);
    const aside = await alice.createChannel(`aside ${transport}`, 'private', [bob.session.user.userId]);
    const laptop = await parley.people.device('Alice', 0, { transport });
    await opened(laptop, channel);
    const states: string[] = [];
    laptop.on('connection', () => states.push(laptop.connection.state));

    const began = performance.now();
    const wanted = numbered('message', MESSAGES);
    await Promise.all(wanted.map((text) => say(laptop, channel, text)));
    await eventually('she is limited, on every road', async () => (await ask(alice, aside, 'me')) === 'rate_limited');
    expect(await ask(bob, aside, 'not me')).toMatchObject({ conversationId: aside });
    expect(laptop.waiting).toBeGreaterThan(0);

    await Promise.all([holds(laptop, channel, MESSAGES), holds(bob, channel, MESSAGES)]);
    expect(texts(bob, channel)).toEqual(wanted);
    expect(laptop.failed).toEqual([]);
    expect(states).toEqual([]);
    console.log(`B15F: ${MESSAGES} messages of one person in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  },
);
