import { expect, it } from 'vitest';
import { kindOf } from './p9.ts';

it.each([
  ['{p03}:log', 'log'],
  ['{p63}:t:\u0001\u0090\0\0:log', 'lists'],
  ['{p03}:r:5726623', 'receipts'],
  ['{p03}:late', 'receipts'],
  ['socket.io', 'fanOut'],
  ['{p03}:c:\u0001\u0090', undefined],
  ['fanout:n', undefined],
])('P9: what %j holds is counted as %s, apart from everything else', (key, kind) => {
  expect(kindOf(key)).toBe(kind);
});
