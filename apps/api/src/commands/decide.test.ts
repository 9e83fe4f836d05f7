import {
  newId,
  type Actor,
  type Command,
  type CommandId,
  type ConversationId,
  type DeviceId,
  type Epoch,
  type Seq,
  type UserId,
} from '@parley/events';
import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import type { Decision, Situation } from './decision.ts';

const alice: Actor = { userId: newId<UserId>(), deviceId: newId<DeviceId>() };
const bob = newId<UserId>();
const carol = newId<UserId>();
const conversationId = newId<ConversationId>();
const directId = newId<ConversationId>();
const target = { epoch: '0123456789abcdef' as Epoch, seq: 7 as Seq };
const content = { suite: 'none', text: 'High water at six.' } as const;
const reaction = { suite: 'none', emoji: '👍' } as const;
const base = () => ({ commandId: newId<CommandId>(), conversationId });
const given = (extra: Partial<Situation> = {}): Situation => ({ actor: alice, unknownUsers: [], ...extra });
const byAlice = { found: 'event', type: 'message.sent', author: alice.userId } as const;
const byBob = { found: 'event', type: 'message.sent', author: bob } as const;

function refusalOf(decision: Decision): string | undefined {
  return decision.decision === 'refused' ? decision.refusal.kind : undefined;
}

/** The event that a decision appends. */
function eventOf(decision: Decision): { type: string; body: unknown; rule: unknown } {
  if (decision.decision === 'refused') throw new Error(decision.refusal.message);
  const { type, body, rule } = decision.request;
  return { type, body: JSON.parse(body) as unknown, rule };
}

const withTarget: [string, Command][] = [
  ['an edit', { ...base(), type: 'message.edit', target, content }],
  ['a deletion', { ...base(), type: 'message.delete', target }],
  ['a reaction', { ...base(), type: 'reaction.add', target, reaction }],
  ['a reaction taken back', { ...base(), type: 'reaction.remove', target, reaction }],
];

describe.each(withTarget)('%s', (_, command) => {
  test('is refused as stale when the log no longer holds the position', () => {
    expect(refusalOf(decide(command, given({ target: { found: 'stale' } }), 1))).toBe('stale_target');
  });
  test('is refused when there is no such event', () => {
    expect(refusalOf(decide(command, given({ target: { found: 'nothing' } }), 1))).toBe('not_found');
    expect(refusalOf(decide(command, given(), 1))).toBe('not_found');
  });
  test('is refused when the event is not a message', () => {
    const notice = { found: 'event', type: 'member.joined', author: alice.userId } as const;
    expect(refusalOf(decide(command, given({ target: notice }), 1))).toBe('not_found');
  });
  test('is taken for one’s own message', () => {
    expect(decide(command, given({ target: byAlice }), 1).decision).toBe('append');
  });
});

describe('message.edit', () => {
  test('is refused for who is not the author', () => {
    expect(refusalOf(decide({ ...base(), type: 'message.edit', target, content }, given({ target: byBob }), 1))).toBe(
      'not_found',
    );
  });
});

describe('message.delete', () => {
  const command = { ...base(), type: 'message.delete', target } as const;
  test('by the author needs a member', () => {
    expect(eventOf(decide(command, given({ target: byAlice }), 1)).rule).toEqual({ rule: 'post', role: 'member' });
  });
  test('by somebody else needs a moderator', () => {
    expect(eventOf(decide(command, given({ target: byBob }), 1)).rule).toEqual({ rule: 'post', role: 'moderator' });
  });
});

describe('message.send', () => {
  test('becomes one event with the body as RFC 8785 text and the server’s time', () => {
    const command = { ...base(), type: 'message.send', content } as const;
    const decision = decide(command, given(), 1_700_000_000_000);
    expect(decision).toEqual({
      decision: 'append',
      request: {
        type: 'message.sent',
        v: 1,
        conversationId,
        commandId: command.commandId,
        actor: alice,
        at: 1_700_000_000_000,
        body: '{"content":{"suite":"none","text":"High water at six."}}',
        rule: { rule: 'post', role: 'member' },
      },
    });
  });
});

describe('conversation.create', () => {
  const commandId = newId<CommandId>();
  const group = {
    commandId,
    type: 'conversation.create',
    kind: 'group',
    name: 'Harbour',
    members: [bob, carol],
  } as const;

  test('is refused when somebody does not exist', () => {
    const command = { ...group, members: [...group.members] };
    expect(refusalOf(decide(command, given({ unknownUsers: [carol] }), 1))).toBe('not_found');
  });
  test('of a direct conversation is refused without the id of the pair', () => {
    const command = { commandId, type: 'conversation.create', kind: 'direct', with: bob } as const;
    expect(refusalOf(decide(command, given(), 1))).toBe('invalid');
  });
  test('of a group: named by the command, owned by who makes it, everybody once, nothing from before joining', () => {
    const decision = decide({ ...group, members: [bob, alice.userId, bob, carol] }, given(), 1);
    expect(decision.decision === 'append' && decision.request.conversationId).toBe(commandId);
    expect(eventOf(decision).body).toEqual({
      kind: 'group',
      name: 'Harbour',
      visibility: 'private',
      history: 'joined',
      members: [
        { userId: alice.userId, role: 'owner' },
        { userId: bob, role: 'member' },
        { userId: carol, role: 'member' },
      ],
    });
  });
  test('of a channel: as visible as wanted, with all of its history', () => {
    const command = {
      ...group,
      kind: 'channel',
      name: 'General',
      visibility: 'public',
      members: [] as UserId[],
    } as const;
    expect(eventOf(decide({ ...command, members: [] }, given(), 1)).body).toMatchObject({
      kind: 'channel',
      visibility: 'public',
      history: 'all',
    });
  });
  test('of a direct conversation: the same body whoever begins', () => {
    const one = decide({ commandId, type: 'conversation.create', kind: 'direct', with: bob }, given({ directId }), 1);
    const other = decide(
      { commandId, type: 'conversation.create', kind: 'direct', with: alice.userId },
      given({ directId, actor: { ...alice, userId: bob } }),
      1,
    );
    expect(eventOf(one).body).toEqual(eventOf(other).body);
    expect(one.decision === 'append' && one.request.conversationId).toBe(directId);
  });
  test('of a direct conversation with oneself has one member', () => {
    const command = { commandId, type: 'conversation.create', kind: 'direct', with: alice.userId } as const;
    expect(eventOf(decide(command, given({ directId }), 1)).body).toMatchObject({
      members: [{ userId: alice.userId, role: 'member' }],
    });
  });
});

describe('members', () => {
  test('who does not exist is not added', () => {
    const command = { ...base(), type: 'member.add', userId: bob, role: 'member' } as const;
    expect(refusalOf(decide(command, given({ unknownUsers: [bob] }), 1))).toBe('not_found');
  });
  test('nobody removes oneself: that is to leave', () => {
    const command = { ...base(), type: 'member.remove', userId: alice.userId } as const;
    expect(refusalOf(decide(command, given(), 1))).toBe('invalid');
  });
  test('adding, removing, changing a role, joining and leaving are decided by the log’s rules', () => {
    const rules = [
      decide({ ...base(), type: 'member.add', userId: bob, role: 'moderator' }, given(), 1),
      decide({ ...base(), type: 'member.remove', userId: bob }, given(), 1),
      decide({ ...base(), type: 'member.change-role', userId: bob, role: 'owner' }, given(), 1),
      decide({ ...base(), type: 'conversation.join' }, given(), 1),
      decide({ ...base(), type: 'conversation.leave' }, given(), 1),
    ].map((decision) => eventOf(decision));
    expect(rules).toEqual([
      {
        type: 'member.added',
        body: { userId: bob, role: 'moderator' },
        rule: { rule: 'add', userId: bob, role: 'moderator' },
      },
      { type: 'member.removed', body: { userId: bob }, rule: { rule: 'remove', userId: bob } },
      {
        type: 'member.role-changed',
        body: { userId: bob, role: 'owner' },
        rule: { rule: 'change-role', userId: bob, role: 'owner' },
      },
      { type: 'member.joined', body: {}, rule: { rule: 'join' } },
      { type: 'member.left', body: {}, rule: { rule: 'leave' } },
    ]);
  });
});
