import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { Adapter } from 'socket.io-adapter';
import { expect, test } from 'vitest';
import { guardEmits } from './emit-guard.ts';

/** A server whose adapter is guarded as in a node. */
function guarded(): Server {
  return new Server(createServer(), {
    adapter: function (namespace: unknown) {
      const adapter = new Adapter(namespace);
      guardEmits(adapter);
      return adapter;
    } as unknown as typeof Adapter,
  });
}

test('trap 8: text as the last argument of an event throws', () => {
  const io = guarded();
  expect(() => io.local.to('c:1').emit('typing', 'c:1')).toThrow('must not be text');
  expect(() => io.local.to('c:1').emit('typing', { text: 'fine' })).not.toThrow();
  expect(() => io.local.emit('drain')).not.toThrow();
});

test('an emit that would go through the stream throws', () => {
  const io = guarded();
  expect(() => io.to('c:1').emit('typing', {})).toThrow('must be local');
  expect(() => io.emit('typing', {})).toThrow('must be local');
  expect(() => io.in('c:1').socketsJoin('c:2')).toThrow('must be local');
  expect(() => io.in('c:1').socketsLeave('c:2')).toThrow('must be local');
  expect(() => io.in('c:1').disconnectSockets(true)).toThrow('must be local');
});
