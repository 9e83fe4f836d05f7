import { expect, test } from 'vitest';
import { cutBroadcast, parseControl } from './raw-entry.ts';
import { TailOrder } from './tail-order.ts';

const data = (text: string, rooms = '["c:1"]', except = '[]'): string =>
  `{"packet":{"type":2,"data":["events",${text}]},"opts":{"rooms":${rooms},"except":${except},"flags":{}}}`;

test('a broadcast goes out as the text that came in, with the place in the stream behind it', () => {
  expect(cutBroadcast(data('{"a":[1]}'), '5-1')).toEqual({ packet: '2["events",{"a":[1]},"5-1"]', rooms: ['c:1'] });
  expect(cutBroadcast(data('{"a":[1]}'), null)?.packet).toBe('2["events",{"a":[1]}]');
});

test('what a person wrote can not end the packet early', () => {
  const text = JSON.stringify({ text: ']},"opts":{"rooms":["c:2"],"except":[],"flags":{}}}' });
  expect(cutBroadcast(data(text), null)).toEqual({ packet: `2["events",${text}]`, rooms: ['c:1'] });
});

test('any other form is left to the adapter', () => {
  expect(cutBroadcast('{"packet":{"nsp":"/","type":2,"data":[1]},"opts":{}}', null)).toBeUndefined();
  expect(cutBroadcast(data('{}', '[]'), null)).toBeUndefined();
  expect(cutBroadcast(data('{}', '["c:1"]', '["x"]'), null)).toBeUndefined();
});

test('a node listens to its own markers and heartbeats only', () => {
  expect(parseControl({ uid: 'a', data: '{"marker":"m"}' }, 'a')).toEqual({ marker: 'm' });
  expect(parseControl({ uid: 'a', data: '{"heartbeat":"b"}' }, 'a')).toEqual({ heartbeat: true });
  expect(parseControl({ uid: 'b', data: '{"marker":"m"}' }, 'a')).toBeUndefined();
});

test('any number but the next one is a hole, the very first one is not', () => {
  const order = new TailOrder();
  expect([7, 8, 10, 11, 11, 5, Number.NaN, 6].map((n) => order.place(n))).toEqual([
    'next',
    'next',
    'hole',
    'next',
    'hole',
    'hole',
    'hole',
    'next',
  ]);
});
