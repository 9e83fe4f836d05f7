import { MAX_FRAME_BYTES } from '@parley/events';
import type { Packet } from 'socket.io-parser';
import { expect, test } from 'vitest';
import { BoundedDecoder, TOO_LARGE } from './bounded-decoder.ts';

const large = `"${'x'.repeat(MAX_FRAME_BYTES)}"`;

function decoder(): { decoder: BoundedDecoder; packets: Packet[] } {
  const made = new BoundedDecoder();
  const packets: Packet[] = [];
  made.on('decoded', (packet) => packets.push(packet));
  return { decoder: made, packets };
}

test('trap 30: what is too large comes out as a refusal with its number, and what follows as itself', () => {
  const { decoder: one, packets } = decoder();
  one.add(`27["command",${large}]`);
  one.add(`2["command",${large}]`);
  one.add('28["sync",{}]');
  expect(packets.map(({ data, id }) => [(data as unknown[])[0], id])).toEqual([
    [TOO_LARGE, 7],
    [TOO_LARGE, undefined],
    ['sync', 8],
  ]);
});

test('trap 30: whoever sends nothing else is not listened to for ever', () => {
  const { decoder: one, packets } = decoder();
  for (let n = 0; n < 20; n += 1) one.add(`2["command",${large}]`);
  expect(() => one.add(`2["command",${large}]`)).toThrow('Too much');
  expect(packets).toHaveLength(20);
});

test('trap 30: binary parts have no more room together than one frame', () => {
  const { decoder: one, packets } = decoder();
  const header = '52-1["command",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  one.add(header);
  one.add(Buffer.from([1]));
  one.add(Buffer.from([2]));
  expect(packets).toHaveLength(1);
  one.add(header);
  one.add(Buffer.alloc(MAX_FRAME_BYTES - 1));
  expect(() => one.add(Buffer.alloc(2))).toThrow('Too much');
});
