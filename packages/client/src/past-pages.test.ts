import { RefusalError } from '@parley/events';
import { afterEach, expect, it, vi } from 'vitest';
import { Conversations } from './conversations.ts';
import { PastPages } from './past-pages.ts';
import { eventually } from './testing/eventually.ts';
import { notFound, unavailable } from './testing/scripted-log.ts';
import { alice, conversationId, message, Story } from './testing/story.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const story = new Story(Array.from({ length: 200 }, (_, at) => message(at + 1)));

/** Pages of a story, over a road that can be shut. */
function pagesOf() {
  const conversations = new Conversations(alice, () => ({ messages: [], changes: [] }));
  const road = { isShut: false, refusal: unavailable };
  const pages = new PastPages(conversations, {
    page: (_, query) => {
      if (road.isShut) return Promise.reject(new RefusalError(road.refusal));
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

it('D7: a page that failed is asked for again when the connection is back, and what was said of it is taken back', async () => {
  const { pages, road, timeline } = pagesOf();
  pages.pause();
  road.isShut = true;
  await pages.loadOlder(conversationId);
  expect(timeline().failure).toEqual(unavailable);
  road.isShut = false;
  pages.open();
  await eventually(() => timeline().failure === null && !timeline().loading);
  expect([timeline().failure, timeline().held]).toEqual([null, { first: 151, last: 200 }]);
});

it('D7: a page that failed while the connection stands is asked for again from time to time, until it is here', async () => {
  vi.useFakeTimers();
  const { pages, road, timeline } = pagesOf();
  pages.open();
  road.isShut = true;
  await pages.loadOlder(conversationId);
  await vi.advanceTimersByTimeAsync(120_000);
  expect([timeline().failure, timeline().held]).toEqual([unavailable, null]);
  road.isShut = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([timeline().failure, timeline().held]).toEqual([null, { first: 151, last: 200 }]);
  expect(vi.getTimerCount()).toBe(0);
});

it('D7: a page that fails after a bad day is asked for again as soon as the first one was', async () => {
  vi.useFakeTimers();
  // The longest wait that each attempt allows.
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const { pages, road, timeline } = pagesOf();
  pages.open();
  road.isShut = true;
  await pages.loadOlder(conversationId);
  await vi.advanceTimersByTimeAsync(120_000);
  road.isShut = false;
  await vi.advanceTimersByTimeAsync(60_000);
  road.isShut = true;
  await pages.loadOlder(conversationId);
  road.isShut = false;
  await vi.advanceTimersByTimeAsync(1_250);
  expect([timeline().failure, timeline().held]).toEqual([null, { first: 101, last: 200 }]);
});

it('a page that is refused for good is not asked for again', async () => {
  vi.useFakeTimers();
  const { pages, road, timeline } = pagesOf();
  pages.open();
  road.isShut = true;
  road.refusal = notFound;
  await pages.loadOlder(conversationId);
  expect([timeline().failure, vi.getTimerCount()]).toEqual([notFound, 0]);
});
