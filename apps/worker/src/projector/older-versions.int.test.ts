import { eventVersions, knownEvents, partitionOf, z, type ConversationId, type KnownEvents } from '@parley/events';
import { deadLetters, idBinary, memberKey, parked } from '@parley/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allProjections } from '../projections/all-projections.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { repairConversation } from '../rebuild/repair.ts';
import { newActor, ProjectionFixture } from '../testing/projection-fixture.ts';
import { ProjectorSet } from './projector-set.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

/** As if additions had a second version, with one field more, before which everybody was added as a moderator. */
function releasedWith(step: (body: unknown) => unknown): KnownEvents {
  const second = z.strictObject({ userId: z.string(), role: z.string(), invited: z.boolean() });
  return {
    versions: { ...eventVersions, 'member.added': 2 },
    bodies: { ...knownEvents.bodies, 'member.added': second },
    steps: { ...knownEvents.steps, 'member.added': [step] },
  };
}
const known = releasedWith((body) => ({ ...(body as object), role: 'moderator', invited: false }));

/** Alice adds somebody, which the log keeps in version 1. */
async function added() {
  const [id, { userId }] = [await fixture.group(), newActor()];
  await fixture.say(id, 'one');
  const seq = await fixture.add(id, userId);
  await fixture.say(id, 'two');
  const role = async () => {
    const { members } = await fixture.database.readModels();
    return (await members.findOne({ _id: memberKey(id, userId) }))?.role;
  };
  return { id, seq, role };
}

async function project(id: ConversationId, of: KnownEvents): Promise<void> {
  await using projectors = new ProjectorSet(fixture.setting({ known: of }));
  await expect.poll(() => projectors.run(partitionOf(id))).toBe('caught_up');
}

/** A rebuild of everything and one of the conversation alone make the same of it. */
async function expectSameWhenBuiltAnew(id: ConversationId): Promise<void> {
  const all = await rebuild(fixture.database, allProjections, { verifyOnly: true, known });
  expect(all.models.flatMap(({ differences }) => differences)).toEqual([]);
  const one = await repairConversation(fixture.database, allProjections, {
    conversationId: id,
    verifyOnly: true,
    known,
  });
  expect(one.models.flatMap(({ differences }) => differences)).toEqual([]);
}

test('G15 an event that was stored in an older version is projected in the newest one, and so when built anew', async () => {
  const { id, role } = await added();
  await project(id, known);
  expect(await fixture.database.collection(parked).findOne({ _id: idBinary(id) })).toBeNull();
  expect(await role()).toBe('moderator');
  await expectSameWhenBuiltAnew(id);
});

test('G15 trap 22 a step that fails parks the conversation; replayed with a mended one it is in the newest version', async () => {
  const { id, seq, role } = await added();
  await project(
    id,
    releasedWith(() => {
      throw new Error('A bug in the step.');
    }),
  );
  const letter = await fixture.database.collection(deadLetters).findOne({ conversation: idBinary(id) });
  expect(letter).toMatchObject({ seq, type: 'member.added', v: 1 });
  expect(await role()).toBeUndefined();
  await using mended = new ProjectorSet(fixture.setting({ known }));
  expect(await mended.replay(id)).toBeNull();
  expect(await role()).toBe('moderator');
  await expectSameWhenBuiltAnew(id);
});
