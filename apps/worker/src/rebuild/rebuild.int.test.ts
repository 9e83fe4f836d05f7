import { partitionOf, type ConversationId } from '@parley/events';
import { conversations, eventKey, events, idBinary, memberKey, members } from '@parley/read-models';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { allProjections } from '../projections/all-projections.ts';
import { ProjectorSet } from '../projector/projector-set.ts';
import { rebuild } from './rebuild.ts';
import { repairConversation } from './repair.ts';

let fixture: ProjectionFixture;
let projectors: ProjectorSet;
let id: ConversationId;
const verify = () => rebuild(fixture.database, allProjections, { verifyOnly: true });

beforeAll(async () => {
  fixture = await ProjectionFixture.start();
  projectors = new ProjectorSet(fixture.setting());
});
afterAll(async () => {
  await projectors[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});
beforeEach(async () => {
  id = await fixture.group('joined');
  const said = await fixture.say(id, 'one');
  await fixture.change(id, 'message.edited', said, { content: { suite: 'none', text: 'uno' } });
  await fixture.change(id, 'reaction.added', said, { reaction: { emoji: '🌱', suite: 'none' } }, fixture.bob);
  await fixture.remove(id, fixture.bob.userId);
  await fixture.add(id, fixture.bob.userId);
  await projectors.run(partitionOf(id));
});

/** Changes a live document behind the projector's back. */
async function corrupt(): Promise<void> {
  const { members: live } = await fixture.database.readModels();
  await live.updateOne({ _id: memberKey(id, fixture.bob.userId) }, { $set: { role: 'owner' } });
}

describe('a rebuild', () => {
  test('G7 trap 25 equals the live read models, and so does a second one', async () => {
    const [first, second] = [await verify(), await verify()];
    expect(first.equal).toBe(true);
    expect(first.events).toBe(await fixture.database.collection(events).countDocuments());
    expect(first.models.map(({ model }) => model)).toEqual(['conversations', 'members', 'overlays']);
    const digests = (report: typeof first) =>
      report.models.map(({ liveDigest, rebuiltDigest }) => [liveDigest, rebuiltDigest]);
    expect(digests(second)).toEqual(digests(first));
    for (const [live, rebuilt] of digests(first)) expect(rebuilt).toBe(live);
    expect(first.archive).toEqual({ archived: first.events, broken: [], lost: [], unchained: 0, erased: 0 });
    const left = await fixture.database.db.listCollections({ name: /_[a-z0-9]{6,}$/ }).toArray();
    expect(left.map(({ name }) => name).filter((name) => /^(conversations|members|overlays)_/.test(name))).toEqual([]);
  });

  test('equals them also while traffic goes on', async () => {
    const enough = new AbortController();
    const traffic = (async () => {
      for (let at = 0; !enough.signal.aborted; at += 1) {
        await fixture.say(id, `more ${at}`);
        await projectors.run(partitionOf(id));
      }
    })();
    try {
      for (let at = 0; at < 2; at += 1) {
        const report = await verify();
        expect(report.models.flatMap(({ differences }) => differences)).toEqual([]);
        expect(report.equal).toBe(true);
      }
    } finally {
      // Traffic that goes on after a failure would keep the whole run from ending.
      enough.abort();
      await traffic;
    }
  });

  test('names a corrupted document, a missing one and one too many', async () => {
    await corrupt();
    const { conversations: live } = await fixture.database.readModels();
    const row = await live.findOneAndDelete({ _id: idBinary(id) });
    const report = await verify();
    expect(report.equal).toBe(false);
    const found = report.models.flatMap(({ differences }) => differences);
    expect(found).toMatchObject([
      { model: 'conversations', conversationId: id, live: null },
      { model: 'members', conversationId: id, id: memberKey(id, fixture.bob.userId).toString('hex') },
    ]);
    if (row) await live.insertOne(row);
    await repairConversation(fixture.database, allProjections, { conversationId: id, verifyOnly: false });
    expect((await verify()).equal).toBe(true);
  });

  test('repairs one conversation, and says what was wrong', async () => {
    await corrupt();
    const options = { conversationId: id, verifyOnly: false };
    const repair = await repairConversation(fixture.database, allProjections, options);
    expect(repair.models.flatMap(({ differences }) => differences)).toHaveLength(1);
    const again = await repairConversation(fixture.database, allProjections, { ...options, verifyOnly: true });
    expect(again.models.flatMap(({ differences }) => differences)).toEqual([]);
    await fixture.say(id, 'after the repair');
    expect(await projectors.run(partitionOf(id))).toMatch(/caught_up|lost/);
    await projectors.run(partitionOf(id));
    expect((await verify()).equal).toBe(true);
  });

  test('of one conversation takes each event once, also where it has a hole and more than one page', async () => {
    const own = await fixture.group();
    for (let at = 0; at < 5_000; at += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, more) => fixture.say(own, `${at + more}`)));
    }
    expect(await projectors.run(partitionOf(own))).toBe('caught_up');
    const archive = fixture.database.collection(events);
    const taken = await archive.findOneAndDelete({ _id: eventKey(own, 2) });
    const options = { conversationId: own, verifyOnly: true };
    const repair = await repairConversation(fixture.database, allProjections, options);
    if (taken) await archive.insertOne(taken);
    expect(repair.events).toBe(5_000);
  });

  test('switches pointer and fences together; projectors go on with the new collections', async () => {
    await corrupt();
    const report = await rebuild(fixture.database, allProjections, { verifyOnly: false });
    expect(report).toMatchObject({ equal: false, switched: true });
    const pointer = await fixture.database.readPointer();
    expect(pointer.members).not.toBe(members.name);
    expect(pointer.conversations).not.toBe(conversations.name);
    await fixture.say(id, 'after the switch');
    await expect.poll(() => projectors.run(partitionOf(id)), { timeout: 50_000 }).toBe('caught_up');
    const live = fixture.database.modelsOf(pointer);
    expect((await live.conversations.findOne({ _id: idBinary(id) }))?.head).toBe(7);
    expect((await verify()).equal).toBe(true);
  });
});
