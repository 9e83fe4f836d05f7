import { eventVersions, knownEvents, newId, z, type CommandId, type KnownEvents } from '@parley/events';
import { StoredEntry } from '@parley/events/log';
import { idBuffer } from '@parley/read-models';
import { expect, test } from 'vitest';
import { projectable } from './projectable.ts';

/** As if messages had a second version, with one field more. */
const later: KnownEvents = {
  versions: { ...eventVersions, 'message.sent': 2 },
  bodies: { ...knownEvents.bodies, 'message.sent': z.strictObject({ content: z.json(), tone: z.string() }) },
  steps: { ...knownEvents.steps, 'message.sent': [(body) => ({ ...(body as object), tone: 'plain' })] },
};

function entry(v: number, body: string): StoredEntry {
  const [conversation, user, device, command] = Array.from({ length: 4 }, () => idBuffer(newId<CommandId>()));
  const id = Buffer.alloc(16);
  const ids = { conversation: conversation ?? id, user: user ?? id, device: device ?? id, command: command ?? id };
  return new StoredEntry({
    ...{ n: 7, v, type: 'message.sent', seq: 2, at: 1_790_000_000_000, ...ids },
    ...{ salt: Buffer.alloc(16, 9), content: Buffer.from(body) },
  });
}

const plain = '{"content":{"suite":"none","text":"hello"}}';

test('G15 a plain message of the newest version is taken as it is', () => {
  expect(projectable(entry(1, plain))).toBeUndefined();
});

test('G15 a plain message of an older version takes the steps to the newest one', () => {
  expect(projectable(entry(1, plain), later)).toMatchObject({ v: 2, body: { tone: 'plain' } });
});

test('G15 a message of the newest version that lacks one of its fields is refused', () => {
  expect(() => projectable(entry(2, plain), later)).toThrow('another form');
});
