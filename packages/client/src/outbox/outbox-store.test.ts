import 'fake-indexeddb/auto';
import { appendFile, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, type UserId } from '@parley/events';
import { expect, it } from 'vitest';
import { FileOutboxStore } from './file-store.ts';
import { IndexedDbOutboxStore } from './indexeddb-store.ts';
import { MemoryOutboxStore } from './memory-store.ts';
import { entryOf, outboxStoreContract, texts } from './outbox-store.contract.ts';

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

/** Opens files of which each append, once `full` is set, ends after 20 bytes until there is room again. */
function smallDisk() {
  const disk = { full: false, open };
  disk.open = async (...given) => {
    const file = await open(...given);
    const append = file.appendFile.bind(file);
    file.appendFile = async (data, options) => {
      if (!disk.full || typeof data !== 'string') return append(data, options);
      await append(data.slice(0, 20));
      throw Object.assign(new Error('No space is left on the device.'), { code: 'ENOSPC' });
    };
    return file;
  };
  return disk;
}

it('C5: what a full disk cut off takes nothing with it that is promised later, and does not come back itself', async () => {
  const { path, leave } = await folder();
  const disk = smallDisk();
  const store = await FileOutboxStore.open(path, disk.open);
  await store.add(entryOf('before'));
  disk.full = true;
  await expect(store.add(entryOf('refused'))).rejects.toThrow('No space');
  await expect(store.add(entryOf('refused, too'))).rejects.toThrow('No space');
  disk.full = false;
  await store.add(entryOf('after'));
  const held = await store.all();
  await store.close();
  const again = await FileOutboxStore.open(path);
  expect(texts(held)).toEqual(['before', 'after']);
  expect(await again.all()).toEqual(held);
  await again.close();
  await leave();
});

/** Opens everything, but a folder can't be synced for a reason. */
const whereFoldersFail = (code: string): typeof open =>
  async function (path, flags, mode) {
    const file = await open(path, flags, mode);
    if (flags === 'r') file.sync = () => Promise.reject(Object.assign(new Error('A folder is not synced.'), { code }));
    return file;
  };

it.each(['EPERM', 'EINVAL', 'EISDIR'])('opens where a folder can’t be synced: %s, as on Windows', async (code) => {
  const { path, leave } = await folder();
  const store = await FileOutboxStore.open(path, whereFoldersFail(code));
  await store.add(entryOf('kept'));
  await store.close();
  const again = await FileOutboxStore.open(path);
  expect(texts(await again.all())).toEqual(['kept']);
  await again.close();
  await leave();
});

it('does not open where the disk fails with the folder', async () => {
  const { path, leave } = await folder();
  await expect(FileOutboxStore.open(path, whereFoldersFail('EIO'))).rejects.toThrow('not synced');
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
