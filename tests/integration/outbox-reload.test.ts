import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileOutboxStore } from '@parley/client/node';
import { createChatClient } from '@parley/client';
import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, texts } from './stack/people.ts';

const parley = parleyForFile({});

it('check 6: what was written without a network survives the end of the program and is sent once, in order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-outbox-'));
  const { stack, people } = parley;
  try {
    const file = join(folder, 'outbox.json');
    const alice = await people.setUp('Alice', 0, { store: await FileOutboxStore.open(file) });
    const bob = await people.join('Bob');
    const channel = await alice.createChannel('offline', 'private', [bob.session.user.userId]);
    await Promise.all([opened(alice, channel), opened(bob, channel)]);

    await stack.apis[0]?.process.kill('SIGKILL');
    for (const text of ['one', 'two', 'three']) await say(alice, channel, text);
    expect(alice.waiting).toBe(3);
    await alice.close();
    await stack.apis[0]?.process.start();

    const session = alice.session;
    const store = await FileOutboxStore.open(file);
    const again = await createChatClient({ server: people.address(), session, store });
    await opened(again, channel);
    await eventually('all is sent', () => again.waiting === 0);
    await holds(bob, channel, 3);
    expect(texts(bob, channel)).toEqual(['one', 'two', 'three']);
    await again.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
