import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';

import { eventually } from './eventually.ts';
import { opened, say, type People } from './people.ts';

/** A workspace in use, as pictures show it. */
export interface Harbour {
  readonly launch: ConversationId;
  /** A private channel in which nobody said anything yet. */
  readonly finance: ConversationId;
  /** The seq of a message of the launch room that has reactions. */
  readonly numbers: number;
  readonly alice: ChatClient;
  readonly bob: ChatClient;
  readonly carol: ChatClient;
}

/** Alice, Bob and Carol prepare a launch: some rooms, a talk with an edit, code and reactions, and news for Alice. */
export async function harbourWorks(people: People): Promise<Harbour> {
  const [alice, bob, carol] = [await people.setUp('Alice'), await people.join('Bob'), await people.join('Carol')];
  const [bobId, carolId] = [bob.session.user.userId, carol.session.user.userId];
  const both = [bobId, carolId];
  const launch = await alice.createChannel('launch', 'public', both);
  const cranes = await alice.createChannel('crane-schedule', 'public', both);
  await alice.createChannel('announcements', 'public', both);
  const finance = await alice.createChannel('finance', 'private', [carolId]);
  const direct = await alice.createDirect(carolId);
  await alice.createGroup(null, both);
  await Promise.all([alice, bob, carol].map((client) => opened(client, launch)));

  await tell(bob, launch, 'Sensors on berth 4 report every 250 ms now. The old feed drops to `5 s` at noon.');
  await tell(
    bob,
    launch,
    'The plan for Thursday:\n\n- switch the feed\n- **watch the alarms** for an hour\n- then tell the pilots',
  );
  const numbers = await tell(
    carol,
    launch,
    'Reads well. One thing before we switch: the alarm threshold is still the old one.',
  );
  await tell(carol, launch, '```\nberth:\n  id: 4\n  alarm: { wind: 18 m/s, swell: 1.2 m }   # was 14, 0.9\n```');
  await tell(alice, launch, 'Good catch. I change it with Carol before noon.');
  const changed = await tell(alice, launch, 'It is changed, please reveiw');
  await alice.edit(launch, changed, { suite: 'none', text: 'It is changed, please review' });
  await react(bob, launch, numbers, '⚓');
  await react(alice, launch, numbers, '⚓');
  await react(carol, launch, changed, '⚓');
  await eventually('all have all', () => [alice, bob, carol].every((client) => client.waiting === 0));
  alice.markRead(launch, alice.timeline(launch).head);

  await tell(carol, launch, 'Reviewed and right. Bob switches at noon.');
  await tell(bob, launch, 'Feed switched. 1,240 readings, none lost.');
  await tell(bob, cranes, 'Crane 2 is free from three.');
  await tell(carol, cranes, 'Then I take it for the containers.');
  await tell(carol, direct, 'Lunch on the quay?');
  return { launch, finance, numbers, alice, bob, carol };
}

/** @returns the seq of the message once it is stored. */
async function tell(client: ChatClient, room: ConversationId, text: string): Promise<number> {
  await opened(client, room);
  const commandId = await say(client, room, text);
  return eventually(`"${text}" is stored`, () => {
    const found = client
      .timeline(room)
      .items.find((item) => item.kind === 'message' && item.message.commandId === commandId);
    return found?.kind === 'message' ? (found.message.seq ?? undefined) : undefined;
  });
}

/** Reacts as soon as the message is there: who did not write it hears of it in their own time. */
async function react(client: ChatClient, room: ConversationId, seq: number, emoji: string): Promise<void> {
  await eventually(`${client.session.user.name} has message ${seq}`, () => client.timeline(room).complete >= seq);
  await client.react(room, seq, emoji, true);
}
