import { newId, type ChannelList, type ConversationId, type HttpRequestOf } from '@parley/events';
import { expect, test } from 'vitest';
import { findChannel } from './find-channel.ts';

const named = (name: string) => ({ conversationId: newId<ConversationId>(), name, members: 2, joined: false });
const [first, second, third] = [named('first'), named('second'), named('third')];
const pages: Record<string, ChannelList> = {
  '': { channels: [first], next: 'b' },
  b: { channels: [second], next: 'c' },
  c: { channels: [third], next: null },
};

test('a public channel is found by its id on whatever page it is, and no page after that is asked for', async () => {
  const asked: (string | undefined)[] = [];
  const fetch = ({ after }: HttpRequestOf<'channels'>): Promise<ChannelList> => {
    asked.push(after);
    return Promise.resolve(pages[after ?? ''] ?? { channels: [], next: null });
  };
  expect(await findChannel(fetch, second.conversationId)).toBe(second);
  expect(asked).toEqual([undefined, 'b']);
  expect(await findChannel(fetch, newId<ConversationId>())).toBeNull();
  expect(asked).toEqual([undefined, 'b', undefined, 'b', 'c']);
});
