import { RefusalError } from '@parley/events';
import { expect, it } from 'vitest';
import { Conversations } from './conversations.ts';
import { PastPages } from './past-pages.ts';
import { unavailable } from './testing/scripted-log.ts';
import { alice, conversationId, message, Story } from './testing/story.ts';

const story = new Story(Array.from({ length: 200 }, (_, at) => message(at + 1)));

/** Pages of a story, over a road that can be shut. */
function pagesOf() {
  const conversations = new Conversations(alice, () => ({ messages: [], changes: [] }));
  const road = { isShut: false };
  const pages = new PastPages(conversations, {
    page: (_, query) => {
      if (road.isShut) return Promise.reject(new RefusalError(unavailable));
      const limit = Number(query.limit);
      const after = query.after === undefined ? story.head : Number(query.after) + limit;
      const end = query.before === undefined ? after + 1 : Number(query.before);
      return Promise.resolve(story.page(Math.min(end, story.head + 1), limit));
    },
    catchUp: () => Promise.resolve(),
    took: () => conversations.changed(conversationId),
    loading: () => undefined,
  });
  const timeline = () => conversations.timeline(conversationId).timeline();
  return { pages, road, timeline };
}

it('E18: who comes by a link while the server is away is told so, and gets there when it is back', async () => {
  const { pages, road, timeline } = pagesOf();
  road.isShut = true;
  await pages.loadPast(conversationId, { around: 90 });
  expect([timeline().failure, timeline().items]).toEqual([unavailable, []]);
  road.isShut = false;
  await pages.loadPast(conversationId, { around: 90 });
  expect(timeline().failure).toBeNull();
  expect(timeline().parts.some(({ first, last }) => first <= 90 && 90 <= last)).toBe(true);
  expect(timeline().parts.at(-1)?.last).toBe(200);
});

it('E18: a page of the past that can not be had takes nothing away, and is told of', async () => {
  const { pages, road, timeline } = pagesOf();
  await pages.loadOlder(conversationId);
  const { parts } = timeline();
  road.isShut = true;
  await pages.loadPast(conversationId, { around: 10 });
  expect([timeline().failure, timeline().parts]).toEqual([unavailable, parts]);
});
