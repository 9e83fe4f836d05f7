import { expect, test } from 'vitest';
import { syncedEnd } from './synced-end.ts';

const file = '/data/journal/WiredTigerLog.0000000001';

test('what was written when the last finished sync began is on disk, whatever other threads do between', () => {
  const trace = [
    `11 pwrite64(20<${file}>, ""..., 512, 0) = 512`,
    `12 pwrite64(20<${file}>, ""..., 256, 512 <unfinished ...>`,
    `13 fdatasync(20<${file}>) = 0`,
    `12 <... pwrite64 resumed>) = 256`,
    `13 fdatasync(20<${file}> <unfinished ...>`,
    `11 pwrite64(20<${file}>, ""..., 128, 768) = 128`,
    `13 <... fdatasync resumed>) = 0`,
    `13 fdatasync(20<${file}> <unfinished ...>`,
  ];
  expect(syncedEnd(trace.slice(0, 3).join('\n'), file)).toBe(512);
  expect(syncedEnd(trace.slice(0, 6).join('\n'), file)).toBe(512);
  expect(syncedEnd(trace.join('\n'), file)).toBe(768);
});

test('other files, and syncs that never ended, prove nothing', () => {
  const trace = [
    `11 pwrite64(20<${file}>, ""..., 512, 0) = 512`,
    `11 fdatasync(21</data/collection.wt>) = 0`,
    `12 fdatasync(20<${file}> <unfinished ...>`,
    `12 +++ killed by SIGKILL +++`,
  ];
  expect(syncedEnd(trace.join('\n'), file)).toBe(0);
});
