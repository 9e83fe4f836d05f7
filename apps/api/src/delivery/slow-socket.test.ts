import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { boundQueue, cutIfSlow, MAX_QUEUED_BYTES, queuedBytes } from './slow-socket.ts';

/** A connection that tells what Engine.IO's would. Its client reads nothing after the first `flush`. */
class Connection extends EventEmitter {
  terminated = 0;
  readonly transport = {
    writable: true,
    socket: { bufferedAmount: 0, terminate: () => void (this.terminated += 1) },
  };

  queue(data: string | Buffer, options = {}): void {
    this.emit('packetCreate', { type: 'message', data, options });
  }

  flush(bytes: number): void {
    this.emit('flush');
    this.transport.writable = false;
    this.transport.socket.bufferedAmount = bytes;
  }
}

function bounded(): { conn: Connection; cuts: () => number } {
  const conn = new Connection();
  let cuts = 0;
  boundQueue({ conn }, () => (cuts += 1));
  return { conn, cuts: () => cuts };
}

test('G13: what waits is counted in bytes: text as UTF-8, a broadcast by its frame, and what is being written', () => {
  const { conn } = bounded();
  conn.queue('ü€');
  conn.queue(Buffer.alloc(10));
  conn.queue('not counted', { wsPreEncodedFrame: [Buffer.alloc(100), Buffer.alloc(20)] });
  expect(queuedBytes({ conn })).toBe(5 + 10 + 120);
  conn.flush(7);
  expect(queuedBytes({ conn })).toBe(7);
});

test('G13: who does not read is cut with the first packet after the bound, once, however much follows', () => {
  const { conn, cuts } = bounded();
  const packet = '€'.repeat(10_000);
  conn.flush(30_000);
  while (queuedBytes({ conn }) <= MAX_QUEUED_BYTES) conn.queue(packet);
  expect([conn.terminated, cuts()]).toEqual([0, 0]);
  for (let count = 0; count < 5; count += 1) conn.queue(packet);
  expect([conn.terminated, cuts(), cutIfSlow({ conn })]).toEqual([1, 1, false]);
});

test('G13: who reads one large answer has room for half of the bound behind it', () => {
  const { conn, cuts } = bounded();
  conn.queue('x'.repeat(3 * MAX_QUEUED_BYTES));
  conn.flush(3 * MAX_QUEUED_BYTES);
  conn.queue('x'.repeat(MAX_QUEUED_BYTES / 2));
  expect([cutIfSlow({ conn }), cuts()]).toEqual([false, 0]);
  conn.queue('x');
  expect([cutIfSlow({ conn }), conn.terminated]).toEqual([true, 1]);
});

test('G13: whatever comes in one turn is written before anybody is called slow', () => {
  const { conn, cuts } = bounded();
  for (let count = 0; count < 4; count += 1) conn.queue('x'.repeat(MAX_QUEUED_BYTES));
  expect([cutIfSlow({ conn }), cuts()]).toEqual([false, 0]);
});

test('G13: who comes back over the same connection is counted once', () => {
  const { conn } = bounded();
  boundQueue({ conn }, () => undefined);
  conn.queue('1234');
  expect(queuedBytes({ conn })).toBe(4);
});
