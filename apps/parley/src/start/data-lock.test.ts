import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processBirth } from '@parley/servers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeStatus, readStatus, type Status } from '../status.ts';
import { lockDataFolder } from './data-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lock = () => join(folder, 'lock');
/** The parent lives as long as the test. */
const another = { pid: process.ppid, born: processBirth(process.ppid) };

test('a folder that another start has is refused, and its lock stays', () => {
  writeFileSync(lock(), JSON.stringify(another));
  expect(() => lockDataFolder(folder)).toThrow(`process ${process.ppid}`);
  expect(JSON.parse(readFileSync(lock(), 'utf8'))).toEqual(another);
});

test('a lock whose process is gone, or is another one by now, or that says nothing, counts for nothing', () => {
  for (const left of [{ ...another, born: '1' }, { pid: 2 ** 30, born: '1' }, 'half']) {
    writeFileSync(lock(), JSON.stringify(left));
    const release = lockDataFolder(folder);
    expect(readdirSync(folder)).toEqual(['lock']);
    release();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test('nobody gives up the lock of another start', () => {
  const release = lockDataFolder(folder);
  writeFileSync(lock(), JSON.stringify(another));
  release();
  expect(readdirSync(folder)).toEqual(['lock']);
});

test('a status that stands after a crash, with a pid that is another process by now, tells of nothing that runs', () => {
  const status: Status = {
    ...{ address: 'http://localhost:8080', startedAt: '', ready: true, processes: [], servers: [] },
    ...another,
  };
  writeStatus(folder, status);
  expect(readStatus(folder)).toEqual(status);
  writeStatus(folder, { ...status, born: '1' });
  expect(readStatus(folder)).toBeUndefined();
});
