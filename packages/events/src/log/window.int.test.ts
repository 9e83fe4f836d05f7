import { afterEach, expect, it } from 'vitest';
import type { ConversationId } from '../contract/ids.ts';
import { partitionOf } from '../contract/ids.ts';
import { appended, LogNodes, message, newGroup, person } from './testing/log-nodes.ts';

let nodes: LogNodes;
const alice = person();
afterEach(() => nodes.stop());

it('G12: what is archived is found in the log for as long as it lies there, in order, and nothing of others', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const id = await newGroup(log, alice);
  let other: ConversationId;
  do other = await newGroup(log, alice);
  while (partitionOf(other) !== partitionOf(id));
  for (let n = 0; n < 300; n += 1) {
    await appended(log, message(alice, id, `here ${n}`));
    await appended(log, message(alice, other, `there ${n}`));
  }
  await nodes.archive.archive(nodes.work);
  expect(await log.events(id, 1, 301)).toEqual([]);

  const found = await log.window(id, 100, 299);
  expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, at) => 100 + at));
  expect(found.every(({ conversationId }) => conversationId === id)).toBe(true);
  expect(found[0]?.body).toEqual({ content: { suite: 'none', text: 'here 98' } });

  await nodes.work.trimLog(partitionOf(id), 0);
  expect((await log.window(id, 1, 301)).length).toBeLessThan(200);
});
