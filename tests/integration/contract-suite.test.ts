import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { startStack } from '@parley/stack';
import { expect, it } from 'vitest';

import { ask } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { holds, opened, People, say } from './stack/people.ts';
import { RawListener } from './stack/raw-listener.ts';

/** What each run told; the run on four nodes must tell what the run on one told. */
const told = new Map<number, unknown>();

it.each([1, 4])(
  'C22, D1, D2: the same suite on %i nodes: each member gets each event once, a stranger none',
  async (apis) => {
    const stack = await startStack({ apis });
    const people = new People(stack);
    const listeners: RawListener[] = [];
    const listen = async (client: ChatClient, node: number): Promise<RawListener> => {
      const listener = await RawListener.open(people.address(node % apis).baseUrl, client.session.accessToken);
      listeners.push(listener);
      return listener;
    };
    try {
      const alice = await people.setUp('Alice', 0);
      const members = [alice];
      for (const [at, name] of ['Bob', 'Carol', 'Dave'].entries())
        members.push(await people.join(name, (at + 1) % apis));
      const [, bob, carol] = members;
      const eve = await people.join('Eve', 3 % apis);
      if (!bob || !carol) throw new Error('Bob and Carol are there by now');
      const ids = members.slice(1).map(({ session }) => session.user.userId);
      const group = await alice.createGroup('suite', ids);
      await Promise.all(members.map((client) => opened(client, group)));
      // Two sockets on each node: members' and a stranger's.
      const inside = await Promise.all(members.map((client, node) => listen(client, node)));
      const outside = await Promise.all([0, 1, 2, 3].map((node) => listen(eve, node)));

      for (let n = 1; n <= 10; n += 1) for (const client of members) await say(client, group, `${n}`);
      await Promise.all(members.map((client) => holds(client, group, 40)));
      const first = (client: ChatClient): number =>
        messages(client, group).find(({ userId }) => userId === client.session.user.userId)?.seq ?? 0;
      await alice.edit(group, first(alice), { suite: 'none', text: 'edited' });
      await bob.remove(group, first(bob));
      await carol.react(group, first(alice), '👍', true);
      await eventually('the changes are everywhere', () =>
        members.every((client) => client.timeline(group).complete === 44),
      );
      const refused = await ask(eve, group, 'let me in');
      await eventually('each socket got the end', () => inside.every((one) => one.held(group).includes(44)));

      const dense = Array.from({ length: 44 }, (_, at) => at + 1);
      for (const listener of inside) {
        const live = listener.seqs(group);
        expect(live).toEqual(dense.slice(1).filter((seq) => live.includes(seq)));
        expect(listener.held(group).filter((seq) => seq > 1)).toEqual(dense.slice(1));
      }
      for (const listener of outside) expect(listener.held(group)).toEqual([]);
      const views = members.map((client) => messages(client, group));
      for (const view of views) expect(view).toEqual(views[0]);
      const texts = views[0]?.map((row) => row.text).sort();
      told.set(apis, {
        texts,
        refused,
        eve: eve.conversations.length,
        states: views[0]?.map((row) => row.state).sort(),
      });
      expect(told.get(apis)).toEqual(told.get(1));
    } finally {
      for (const listener of listeners) listener.close();
      await people.close();
      await stack.close();
    }
  },
);

/** What a client shows of each message, in order. */
function messages(client: ChatClient, id: ConversationId) {
  return client.timeline(id).items.flatMap((item) => {
    if (item.kind !== 'message' || item.message.seq === null) return [];
    const { seq, content, changes, userId } = item.message;
    const shown = changes.edit?.content ?? content;
    const state = [
      changes.deleted ? 'deleted' : '',
      ...changes.reactions.map(({ reaction }) => ('emoji' in reaction ? reaction.emoji : '')),
    ];
    return [{ seq, userId, text: 'text' in shown ? shown.text : 'sealed', state: state.join('') }];
  });
}
