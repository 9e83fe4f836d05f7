import { createChatClient, type ChatClient, type Timeline } from '@parley/client';
import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { opened, openedWhole, say, shown } from './stack/people.ts';

const DEVICES = 12;

const parley = parleyForFile();

it(`E9: ${DEVICES} devices open a conversation while two people write: each has what was before and what comes after, once`, async () => {
  const { people } = parley;
  const devices: ChatClient[] = [];
  try {
    const alice = await people.setUp('Alice', 0);
    const carol = await people.join('Carol', 1);
    const bob = await people.join('Bob', 0);
    const members = [bob, carol].map(({ session }) => session.user.userId);
    const channel = await alice.createChannel('race', 'private', members);
    await Promise.all([alice, carol].map((client) => opened(client, channel)));

    let [isOver, written] = [false, 0];
    const write = async (client: ChatClient): Promise<void> => {
      while (!isOver) {
        await say(client, channel, `message ${++written}`);
        // As much as the log takes, without a queue that grows.
        await eventually('the outbox is short', () => client.waiting < 5);
      }
    };
    const heads: number[] = [];
    const open = async (): Promise<void> => {
      for (let n = 0; n < DEVICES; n += 1) {
        await eventually('they write on', () => alice.timeline(channel).head > (heads.at(-1) ?? 0));
        const { session } = bob;
        const device = await createChatClient({ server: people.address(n % 2), session });
        devices.push(device);
        device.onTimeline(channel, expectDense);
        await opened(device, channel);
        heads.push(device.timeline(channel).head);
      }
    };
    const opening = open().finally(() => (isOver = true));
    await Promise.all([opening, write(alice), write(carol)]);
    await eventually('all is stored', () => alice.waiting + carol.waiting === 0);

    // Written while each of them opened, not before or after: otherwise nothing was proven.
    expect(heads.every((head, at) => at === 0 || head > (heads[at - 1] ?? 0))).toBe(true);
    for (const device of devices) {
      const here = (): Timeline => device.timeline(channel);
      await eventually('the device is complete', () => here().complete === written + 1);
      await openedWhole(device, channel);
      expect(shown(device, channel)).toHaveLength(written);
      expect(shown(device, channel)).toEqual(shown(devices[0] ?? device, channel));
    }
  } finally {
    await Promise.all(devices.map((device) => device.close()));
  }
});

/** Whatever came in whatever order: from the first held row to `complete` no seq is missing and none is there twice. */
function expectDense({ items, first, complete }: Timeline): void {
  const seqs = items.flatMap((item) => {
    if (item.kind === 'gap') return [];
    return [item.kind === 'message' ? item.message.seq : item.event.seq];
  });
  const held = seqs.filter((seq) => seq !== null && seq <= complete);
  if (held.length > 0) expect(held).toEqual(held.map((_, at) => first + at));
}
