import { expect, test } from 'vitest';
import { newId, type CommandId, type ConversationId, type DeviceId, type Epoch, type UserId } from '../contract/ids.ts';
import type { LineageEntry, LogEntry } from './event-log.ts';
import { packReplay } from './replay-record.ts';

const lineage: LineageEntry[] = [{ epoch: '0123456789abcdef' as Epoch, began: 0 }];

function added(v: number, body?: string): LogEntry {
  const userId = newId<UserId>();
  return {
    n: 1,
    seq: 2,
    type: 'member.added',
    v,
    conversationId: newId<ConversationId>(),
    commandId: newId<CommandId>(),
    actor: { userId, deviceId: newId<DeviceId>() },
    at: 1_700_000_000_000,
    salt: new Uint8Array(16),
    body: body ?? JSON.stringify({ userId, role: 'member' }),
  };
}

test('G15: an archived event goes back into a log that lost it, unless it is newer than the program that brings it', () => {
  expect(packReplay([added(1)], 0, lineage).length).toBeGreaterThan(100);
  expect(() => packReplay([added(2)], 0, lineage)).toThrow('Update Parley first.');
});

/** Where a packed event has the number of its rule: 20 bytes of the replay, then 143 of the record. */
const RULE_AT = 163;
const [POST, ADD] = [2, 3];

test('a broken or erased membership keeps its place in a log that is refilled, and lets nobody in', () => {
  expect(packReplay([added(1)], 0, lineage)[RULE_AT]).toBe(ADD);
  for (const body of ['{"role":"x"}', '{', ''])
    expect(packReplay([added(1, body)], 0, lineage)[RULE_AT], body).toBe(POST);
});
