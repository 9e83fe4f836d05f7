import type { ChatClient } from '@parley/client';
import { partitionOf, type ConversationId } from '@parley/events';
import { LogWork } from '@parley/events/log';
import { unlimited, type Stack } from '@parley/stack';
import { expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, openedWhole } from './stack/people.ts';
import { numbered, seed } from './stack/seeding.ts';

const LATER = 30 * 24 * 3_600_000;
/** More than fit into the nodes of a stream that trimming leaves whole. */
const SINCE = 500;

const parley = parleyForFile({ apis: 2, env: unlimited });

it('E11, G5: thirty days later, with the log trimmed, a device learns of edits, deletions, reactions, marks and members', async () => {
  const { stack, people } = parley;
  const alice = await people.setUp('Alice', 0);
  const [bob, carol] = [await people.join('Bob', 1), await people.join('Carol', 1)];
  const eve = await people.join('Eve', 0);
  const group = await alice.createChannel(
    'long',
    'private',
    [bob, carol].map(({ session }) => session.user.userId),
  );
  await Promise.all([alice, bob, carol].map((client) => opened(client, group)));
  await seed(alice, group, ['to be edited', 'to be deleted', 'to be liked']);
  await Promise.all([alice, bob, carol].map((client) => holds(client, group, 3)));
  const snapshot = bob.snapshot();
  await bob.close();

  await alice.edit(group, 2, { suite: 'none', text: 'edited' });
  await alice.remove(group, 3);
  await carol.react(group, 4, '👍', true);
  await eventually('Alice holds the changes', () => alice.timeline(group).complete === 7 && alice.waiting === 0);
  await alice.addMember(group, eve.session.user.userId);
  await alice.removeMember(group, carol.session.user.userId);
  await seed(alice, group, numbered('since', SINCE));
  await opened(eve, group);
  const head = 9 + SINCE;
  await eventually('Eve is complete', () => eve.timeline(group).complete === head);
  eve.markRead(group, head);
  await archivedUpTo(alice, group, head);
  // The log keeps nothing that Bob missed but the very end: what he asks for is in the archive alone.
  expect(await oldestAfter(stack, group)).toBeGreaterThan(9);

  const back = await people.device('Bob', 0, { snapshot });
  await eventually('Bob is complete', () => back.timeline(group).complete === head);
  const { members } = await back.call('members', {}, { conversationId: group });
  expect(members.map(({ userId }) => back.users.get(userId)?.name).sort()).toEqual(['Alice', 'Bob', 'Eve']);
  await Promise.all([openedWhole(back, group), openedWhole(alice, group)]);
  expect(messages(back, group).slice(0, 3)).toEqual([
    ['edited', false, []],
    ['to be deleted', true, []],
    ['to be liked', false, ['👍']],
  ]);
  expect(messages(back, group)).toEqual(messages(alice, group));
  expect(messages(back, group)).toHaveLength(3 + SINCE);
  const eveRead = (): number | undefined =>
    back.conversations
      .find(({ conversationId }) => conversationId === group)
      ?.marks.find(({ userId }) => userId === eve.session.user.userId)?.read;
  await eventually('Bob knows how far Eve has read', () => eveRead() === head);
});

/** What the workers' own retention leaves after thirty days without room. @returns the first seq that the log still has. */
async function oldestAfter(stack: Stack, conversationId: ConversationId): Promise<number> {
  const log = new LogWork(stack.redis.url);
  try {
    const partition = partitionOf(conversationId);
    await log.trimLog(partition, 0);
    await log.dropReceipts(partition, Date.now() + LATER);
    await log.trimFanOut({ maxAgeMs: 0, maxBytes: 1 }, Date.now() + LATER);
    const { entries } = await log.readLog(partition, 0, 10_000);
    const seqs = entries.flatMap((entry) =>
      'seq' in entry && entry.conversationId === conversationId ? [entry.seq] : [],
    );
    return Math.min(...seqs, Infinity);
  } finally {
    log.close();
  }
}

/** Text, whether deleted, reactions: of each message in order. */
function messages(client: ChatClient, id: ConversationId): (readonly [string, boolean, readonly string[]])[] {
  return client.timeline(id).items.flatMap((item) => {
    if (item.kind !== 'message') return [];
    const { content, changes } = item.message;
    const shown = changes.edit?.content ?? content;
    const emojis = changes.reactions.map(({ reaction }) => ('emoji' in reaction ? reaction.emoji : 'sealed'));
    return [['text' in shown ? shown.text : 'sealed', changes.deleted !== null, emojis] as const];
  });
}
