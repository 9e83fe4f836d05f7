import { newId, type ChannelList, type ConversationId, type HttpRequestOf } from '@parley/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChannelSearch, type Channel } from './channel-search.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const channelAt = (at: number): Channel => ({
  conversationId: newId<ConversationId>(),
  name: `channel ${at}`,
  members: 1,
  joined: false,
});
const channels = Array.from({ length: 101 }, (_, at) => channelAt(at + 1));

/** A server with 101 channels, in pages of 100. */
function server() {
  const asked: HttpRequestOf<'channels'>[] = [];
  const fetch = (request: HttpRequestOf<'channels'>): Promise<ChannelList> => {
    asked.push(request);
    const found = channels.filter(({ name }) => name.includes(request.search ?? ''));
    const from = found.findIndex(({ conversationId }) => conversationId === request.after) + 1;
    const page = found.slice(from, from + 100);
    const next = from + 100 < found.length ? (page.at(-1)?.conversationId ?? null) : null;
    return Promise.resolve({ channels: page, next });
  };
  return { asked, fetch };
}

const names = (search: ChannelSearch) => search.list?.map(({ name }) => name);

test('channel 101 is reached by the next page, and found by its name', async () => {
  const { asked, fetch } = server();
  const search = new ChannelSearch(fetch);
  await search.again();
  expect([search.list?.length, search.hasMore]).toEqual([100, true]);
  await search.more();
  expect([search.list?.at(-1)?.name, search.list?.length, search.hasMore]).toEqual(['channel 101', 101, false]);
  for (const typed of ['1', '10', ' 101 ']) search.find(typed);
  await vi.runAllTimersAsync();
  expect(names(search)).toEqual(['channel 101']);
  expect(asked.slice(2)).toEqual([{ search: '101' }]);
});

test('an answer that comes after that to a later question is not shown', async () => {
  const late = Promise.withResolvers<ChannelList>();
  const { fetch } = server();
  const search = new ChannelSearch((request) => (request.search === '10' ? late.promise : fetch(request)));
  search.find('10');
  await vi.runAllTimersAsync();
  search.find('101');
  await vi.runAllTimersAsync();
  late.resolve({ channels: [], next: null });
  await vi.runAllTimersAsync();
  expect(names(search)).toEqual(['channel 101']);
});

test('a page that can not be had says so, and is asked for again', async () => {
  const { fetch } = server();
  let away = true;
  const search = new ChannelSearch((request) => (away ? Promise.reject(new Error('away')) : fetch(request)));
  await search.again();
  expect([search.list, search.problem === '']).toEqual([null, false]);
  away = false;
  await search.again();
  expect([search.list?.length, search.problem]).toEqual([100, '']);
});
