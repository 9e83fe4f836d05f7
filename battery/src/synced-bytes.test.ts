import { expect, test } from 'vitest';
import { syncedBytes } from './synced-bytes.ts';

const file = '/data/appendonly.aof.1.incr.aof';

test('counts what was written before the last finished sync', () => {
  const trace = `10 write(8<${file}>, ""..., 100) = 100
10 fdatasync(8<${file}>)        = 0
10 write(8<${file}>, ""..., 50) = 50
10 write(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, ""..., 9) = 9
`;
  expect(syncedBytes(trace, file)).toBe(100);
});

test('a sync in another thread covers only what was written when it began', () => {
  const trace = `10 write(8<${file}>, ""..., 100) = 100
11 fdatasync(8<${file}> <unfinished ...>
10 write(8<${file}>, ""..., 50) = 50
11 <... fdatasync resumed>)     = 0
12 fdatasync(8<${file}> <unfinished ...>
`;
  expect(syncedBytes(trace, file)).toBe(100);
});

test('other files, failed syncs and short writes do not count', () => {
  const trace = `10 write(8<${file}>, ""..., 100) = 60
10 fdatasync(7</data/other>) = 0
10 fdatasync(8<${file}>) = -1 EIO (Input/output error)
`;
  expect(syncedBytes(trace, file)).toBe(0);
});
