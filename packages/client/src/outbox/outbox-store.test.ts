import 'fake-indexeddb/auto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, type UserId } from '@parley/events';
import { expect, it } from 'vitest';
import { FileOutboxStore } from './file-store.ts';
import { IndexedDbOutboxStore } from './indexeddb-store.ts';
import { MemoryOutboxStore } from './memory-store.ts';
import { entryOf, outboxStoreContract } from './outbox-store.contract.ts';

outboxStoreContract('memory', () => {
  const store = new MemoryOutboxStore();
  return Promise.resolve({ open: () => Promise.resolve(store) });
});

outboxStoreContract('IndexedDB', () => {
  const userId = newId<UserId>();
  return Promise.resolve({ open: () => IndexedDbOutboxStore.open(userId) });
});

async function folder(): Promise<{ path: string; leave: () => Promise<void> }> {
  const made = await mkdtemp(join(tmpdir(), 'parley-outbox-'));
  return { path: join(made, 'outbox'), leave: () => rm(made, { recursive: true }) };
}

outboxStoreContract('a file', async () => {
  const { path, leave } = await folder();
  return { open: () => FileOutboxStore.open(path), leave };
});

it('reads a file whose last line was cut off by a crash', async () => {
  const { path, leave } = await folder();
  const store = await FileOutboxStore.open(path);
  await store.add(entryOf('whole'));
  await store.close();
  await appendFile(path, (await readFile(path, 'utf8')).slice(0, 40));
  const again = await FileOutboxStore.open(path);
  expect(await again.all()).toHaveLength(1);
  await again.add(entryOf('next'));
  await again.close();
  const last = await FileOutboxStore.open(path);
  expect(await last.all()).toHaveLength(2);
  await last.close();
  await leave();
});

it('shares one IndexedDB between two tabs, in one order', async () => {
  const userId = newId<UserId>();
  const [one, two] = [await IndexedDbOutboxStore.open(userId), await IndexedDbOutboxStore.open(userId)];
  const orders = [await one.add(entryOf('a')), await two.add(entryOf('b')), await one.add(entryOf('c'))];
  expect(orders).toEqual([...orders].sort((a, b) => a - b));
  expect(await two.all()).toEqual(await one.all());
  await Promise.all([one.close(), two.close()]);
});
