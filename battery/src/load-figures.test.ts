import { expect, test } from 'vitest';
import { latencies, rawDuplicates } from './load-figures.ts';
import type { Happening, RecordLine } from './record.ts';

const at = (time: number, line: Happening): RecordLine => ({ ...line, at: time });
const frame = (time: number, seq: number): RecordLine =>
  at(time, { kind: 'frame', reader: 'bob', epoch: 'e1', op: `op${seq}`, conversationId: 'c', seq, value: '' });

test('raw duplicates count outside faults, and not in the five seconds after one', () => {
  const lines = [
    ...[frame(0, 1), frame(1, 2), frame(2, 2)],
    at(10, { kind: 'fault', what: 'a cut', phase: 'begin' }),
    ...[frame(11, 3), frame(12, 3)],
    at(20, { kind: 'fault', what: 'a cut', phase: 'end' }),
    ...[frame(4_000, 3), frame(5_021, 4)],
  ];
  expect(rawDuplicates(lines)).toEqual({ frames: 4, rawDuplicates: 1, rawDuplicatePercent: 25 });
});

test('of what the load asked for, what was acked or settled in the end is well', () => {
  const invoke = (time: number, op: string, userId = 'alice'): RecordLine =>
    at(time, { kind: 'invoke', op, userId, deviceId: 'd', conversationId: 'c', value: op });
  const lines = [
    ...[invoke(0, 'a'), invoke(1, 'b'), invoke(2, 'c'), invoke(3, 'd'), invoke(4, 'e', 'others')],
    at(40, { kind: 'ok', op: 'a', epoch: 'e1', seq: 1 }),
    at(50, { kind: 'settled', op: 'b' }),
    at(60, { kind: 'fail', op: 'c', reason: 'invalid' }),
  ];
  expect(latencies(lines)).toMatchObject({ okPercent: 50, refused: 1, ackMax: 40 });
});
