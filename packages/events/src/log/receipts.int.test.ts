import { afterEach, describe, expect, it } from 'vitest';
import { partitionOf } from '../contract/ids.ts';
import type { Archive } from './event-log.ts';
import { appended, commandIdAt, LogNodes, message, newGroup, person, verdict } from './testing/log-nodes.ts';

let nodes: LogNodes;
const alice = person();
afterEach(() => nodes.stop());

const HOUR = 3_600_000;
const old = () => commandIdAt(Date.now() - 3 * HOUR);

/** An archive that waits at every look until it is told to go on. */
function slowArchive(archive: Archive): { archive: Archive; looks: (() => void)[] } {
  const looks: (() => void)[] = [];
  const findReceipt: Archive['findReceipt'] = async (...args) => {
    const found = await archive.findReceipt(...args);
    await new Promise<void>((go) => looks.push(go));
    return found;
  };
  return { looks, archive: { findReceipt, entriesAfter: archive.entriesAfter.bind(archive) } };
}
const go = (looks: (() => void)[]): void => {
  for (const one of looks.splice(0)) one();
};

describe('receipts of any age', () => {
  it('trap 15: a command older than every kept receipt gets its first seq from the archive, on two nodes at once', async () => {
    nodes = await LogNodes.start();
    const [one, two] = [await nodes.node(), await nodes.node()];
    const id = await newGroup(one, alice);
    const wanted = message(alice, id, 'long ago');
    const receipt = await appended(one, wanted);
    await nodes.archive.archive(nodes.work);
    expect(await nodes.work.dropReceipts(partitionOf(id), Date.now() + 2 * HOUR)).toBeGreaterThan(0);
    const outcomes = await Promise.all([one.append(wanted), two.append(wanted), one.append(wanted)]);
    for (const outcome of outcomes) expect(outcome).toEqual({ outcome: 'repeated', receipt });
    expect(await one.append({ ...wanted, body: '{}' })).toMatchObject({ refusal: { kind: 'conflict' } });
    expect((await one.access(alice.userId, [id]))[0]?.conversation.head).toBe(2);
  });

  it('G2: ten retries on two nodes, hours later and some of them with the archive away, store nothing twice', async () => {
    nodes = await LogNodes.start();
    let isAway = false;
    const archive: Archive = {
      findReceipt: (...args) =>
        isAway ? Promise.reject(new Error('The archive is away.')) : nodes.archive.findReceipt(...args),
      entriesAfter: nodes.archive.entriesAfter.bind(nodes.archive),
    };
    const [one, two] = [await nodes.node({ archive }), await nodes.node({ archive })];
    const id = await newGroup(one, alice);
    const wanted = message(alice, id, 'again and again', old());
    const receipt = await appended(one, wanted);
    await nodes.archive.archive(nodes.work);
    await nodes.work.dropReceipts(partitionOf(id), Date.now() + 2 * HOUR);
    const verdicts: string[] = [];
    for (let retry = 0; retry < 10; retry += 1) {
      isAway = retry % 3 === 0;
      const outcome = await (retry % 2 === 0 ? one : two).append(wanted);
      verdicts.push(verdict(outcome));
      if (outcome.outcome === 'repeated') expect(outcome.receipt).toEqual(receipt);
    }
    const [away, there] = ['unavailable', 'repeated'];
    expect(verdicts).toEqual([away, there, there, away, there, there, away, there, there, away]);
    expect((await one.access(alice.userId, [id]))[0]?.conversation.head).toBe(2);
  });

  it('G2: a receipt is dropped only once it is archived', async () => {
    nodes = await LogNodes.start();
    const log = await nodes.node();
    const id = await newGroup(log, alice);
    const wanted = message(alice, id, 'not archived');
    const receipt = await appended(log, wanted);
    expect(await nodes.work.dropReceipts(partitionOf(id), Date.now() + 2 * HOUR)).toBe(0);
    expect(await log.append(wanted)).toEqual({ outcome: 'repeated', receipt });
  });

  it('G2: an old command that was never stored is stored once, and repeated from the late receipts', async () => {
    nodes = await LogNodes.start();
    const [one, two] = [await nodes.node(), await nodes.node()];
    const id = await newGroup(one, alice);
    const wanted = message(alice, id, 'late', old());
    const outcomes = await Promise.all([one.append(wanted), two.append(wanted)]);
    expect(outcomes.map(verdict).sort()).toEqual(['appended', 'repeated']);
    expect(verdict(await two.append(wanted))).toBe('repeated');
  });

  it('G2: who looked before a late receipt was dropped looks again', async () => {
    nodes = await LogNodes.start();
    const slow = slowArchive(nodes.archive);
    const [one, two] = [await nodes.node({ archive: slow.archive }), await nodes.node()];
    const id = await newGroup(two, alice);
    const wanted = message(alice, id, 'late', old());
    const first = one.append(wanted);
    await expect.poll(() => slow.looks.length).toBe(1);
    const receipt = await appended(two, wanted);
    await nodes.archive.archive(nodes.work);
    expect(await nodes.work.dropReceipts(partitionOf(id))).toBe(1);
    go(slow.looks);
    await expect.poll(() => slow.looks.length).toBe(1);
    go(slow.looks);
    expect(await first).toEqual({ outcome: 'repeated', receipt });
    expect((await two.access(alice.userId, [id]))[0]?.conversation.head).toBe(2);
  });

  it('G3: what a device sends behind an undecided command waits for it; others do not', async () => {
    nodes = await LogNodes.start();
    const bob = person();
    const slow = slowArchive(nodes.archive);
    const log = await nodes.node({ archive: slow.archive });
    const id = await newGroup(log, alice, { others: [bob] });
    const sent = [old(), undefined, undefined].map((commandId, at) =>
      log.append(message(alice, id, `${at}`, commandId)),
    );
    await expect.poll(() => slow.looks.length).toBe(1);
    const later = log.append(message(alice, id, '3'));
    const others = await log.append(message(bob, id, 'mine'));
    expect(others).toMatchObject({ receipt: { seq: 2 } });
    go(slow.looks);
    expect(await Promise.all([...sent, later])).toMatchObject([3, 4, 5, 6].map((seq) => ({ receipt: { seq } })));
  });

  it('G3: when the archive is away, the command is refused and its followers wait for it', async () => {
    nodes = await LogNodes.start();
    const archive: Archive = {
      findReceipt: () => Promise.reject(new Error('MongoDB is away.')),
      entriesAfter: nodes.archive.entriesAfter.bind(nodes.archive),
    };
    const log = await nodes.node({ archive });
    const id = await newGroup(log, alice);
    const outcomes = await Promise.all([
      log.append(message(alice, id, '1', old())),
      log.append(message(alice, id, '2')),
    ]);
    expect(outcomes.map(verdict)).toEqual(['unavailable', 'waiting']);
    expect(verdict(await log.append(message(alice, id, '3')))).toBe('appended');
  });
});
