import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import type { Stack } from '@parley/stack';
import { expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, say } from './stack/people.ts';

const rebuildProgram = fileURLToPath(new URL('../../apps/worker/src/rebuild/main.ts', import.meta.url));

interface Report {
  readonly equal: boolean;
  readonly archive: { readonly broken: readonly { readonly seq: number; readonly what: string }[] } | null;
  readonly log: { readonly compared: number; readonly broken: readonly unknown[] } | null;
  readonly models: readonly { readonly name: string; readonly differences: readonly unknown[] }[];
}

async function rebuild(stack: Stack, ...args: string[]): Promise<{ status: number; report: Report }> {
  const env = { ...process.env, ...stack.env };
  const ran = await promisify(execFile)(process.execPath, [rebuildProgram, ...args, '--json'], { env }).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: unknown) => error as { stdout: string; code: number },
  );
  return { status: ran.code, report: JSON.parse(ran.stdout) as Report };
}

const parley = parleyForFile({});

it('G7, X1, trap 25: a rebuild equals what is live, names what was tampered with, and repairs it', async () => {
  const { stack, people } = parley;
  const mongo = new MongoClient(stack.mongo.url);
  try {
    const { alice, bob, channel } = await people.aliceAndBobIn('rebuilt');
    for (let n = 1; n <= 60; n += 1) await say(n % 2 === 0 ? alice : bob, channel, `message ${n}`);
    await Promise.all([holds(alice, channel, 60), holds(bob, channel, 60)]);
    for (let seq = 2; seq <= 20; seq += 2) await bob.react(channel, seq, '👍', true);
    await eventually('the reactions are stored', () => bob.waiting === 0);
    await alice.removeMember(channel, bob.session.user.userId);
    await archivedUpTo(alice, channel, 72);

    expect(await rebuild(stack, '--verify')).toMatchObject({ status: 0, report: { equal: true } });

    const archive = mongo.db().collection('events');
    const taken = await archive.findOneAndDelete({ m: true, b: { $regex: '"message 30"' } });
    const holed = await rebuild(stack, '--verify');
    expect(holed).toMatchObject({ status: 1, report: { equal: false, archive: { broken: [{ what: 'missing' }] } } });
    expect(holed.report.log?.compared).toBeGreaterThanOrEqual(71);
    expect(holed.report.log?.broken).toHaveLength(1);
    if (taken) await archive.insertOne(taken);

    const overlays = (await mongo.db().listCollections().toArray())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('overlays'));
    const tampered = await Promise.all(overlays.map((name) => mongo.db().collection(name).deleteOne({})));
    expect(tampered.some(({ deletedCount }) => deletedCount === 1)).toBe(true);
    const found = await rebuild(stack, '--verify');
    expect(found).toMatchObject({ status: 1, report: { equal: false } });
    expect(found.report.models.flatMap(({ differences }) => differences)).toHaveLength(1);

    await rebuild(stack);
    expect(await rebuild(stack, '--verify')).toMatchObject({ status: 0, report: { equal: true } });
  } finally {
    await mongo.close();
  }
});
