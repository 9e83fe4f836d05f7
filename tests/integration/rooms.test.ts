import { expect, it } from 'vitest';

import { acked } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { RawListener } from './stack/raw-listener.ts';

const parley = parleyForFile();

it('E13, B1: only the server puts a socket into a room; who is added hears from there on, who is removed nothing more', async () => {
  const { people } = parley;
  let raw: RawListener | undefined;
  let control: RawListener | undefined;
  try {
    const alice = await people.setUp('Alice', 0);
    const [bob, eve] = [await people.join('Bob', 0), await people.join('Eve', 1)];
    const eveId = eve.session.user.userId;
    const group = await alice.createGroup('inner circle', [bob.session.user.userId]);
    raw = await RawListener.open(people.address(1).baseUrl, eve.session.accessToken);
    control = await RawListener.open(people.address(1).baseUrl, alice.session.accessToken);

    // What a client may try to get into a room by itself, Socket.IO's own ways included.
    for (const name of ['join', 'subscribe', 'room', 'conversation.join'])
      expect(await raw.ask(name, { conversationId: group, room: group })).toMatchObject({
        refusal: { kind: 'invalid' },
      });
    const asked = await raw.ask('sync', { positions: {}, unarchived: [group] });
    expect(JSON.stringify(asked)).not.toContain(group);
    expect(await raw.ask('typing', { conversationId: group, typing: true })).toMatchObject({ ok: false });
    await expect(eve.join(group)).rejects.toThrow();
    const outside = await acked(alice, group, 'not for Eve');
    await eventually('Alice heard it on that node', () => control?.held(group).includes(outside.seq));
    expect(raw.held(group)).toEqual([]);

    await alice.addMember(group, eveId);
    const inside = await acked(alice, group, 'for Eve');
    await eventually('Eve hears it on the socket that she had', () => raw?.held(group).includes(inside.seq));
    await alice.removeMember(group, eveId);
    const after = await acked(alice, group, 'not for Eve any more');
    await eventually('Alice heard it on that node', () => control?.held(group).includes(after.seq));

    const [added, removed] = [outside.seq + 1, inside.seq + 1];
    const wanted = [added, inside.seq, removed];
    const live = raw.seqs(group);
    expect(live).toEqual(wanted.filter((seq) => live.includes(seq)));
    expect(raw.held(group)).toEqual(wanted);
    expect(JSON.stringify([raw.frames, raw.synced])).not.toContain('not for Eve');
    expect(raw.socket.connected).toBe(true);
  } finally {
    raw?.close();
    control?.close();
  }
});
