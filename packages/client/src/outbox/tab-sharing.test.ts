import { newId, type UserId } from '@parley/events';
import { expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import type { OutboxNews } from './sharing.ts';
import { tabSharing } from './tab-sharing.ts';

it('C15: of all tabs of a person one leads, and the next one only when that is gone', async () => {
  const [alice, bob] = [newId<UserId>(), newId<UserId>()];
  const [one, two, others] = [tabSharing(alice), tabSharing(alice), tabSharing(bob)];
  const leads: string[] = [];
  await one.lead();
  const second = two.lead().then(() => leads.push('two'));
  // Somebody else's tabs are asked after it and are not in its line: by then it would lead as well.
  await others.lead();
  expect((await navigator.locks.query()).pending?.length).toBe(1);
  expect(leads).toEqual([]);
  one.close();
  await second;
  expect(leads).toEqual(['two']);
  two.close();
  others.close();
});

it('what one tab tells the others hear, and it does not', async () => {
  const userId = newId<UserId>();
  const [one, two] = [tabSharing(userId), tabSharing(userId)];
  const heard: [string, OutboxNews][] = [];
  one.hear((news) => heard.push(['one', news]));
  two.hear((news) => heard.push(['two', news]));
  const news: OutboxNews = { kind: 'removed', ids: [] };
  one.tell(news);
  await eventually(() => expect(heard).toEqual([['two', news]]));
  one.close();
  two.close();
});

it('B3: over plain http, where a browser has no locks, a tab leads all the same', async () => {
  const sharing = tabSharing(newId<UserId>(), null);
  await sharing.lead();
  sharing.close();
});
