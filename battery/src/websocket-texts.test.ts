import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocketServer, WebSocket } from 'ws';
import { TcpProxy } from './tcp-proxy.ts';
import { WebSocketTexts } from './websocket-texts.ts';

/** Texts of every length that frames encode differently. */
const words = ['hello', 'x'.repeat(200), 'y'.repeat(70_000), 'ä'];

test('the texts of both directions are read off the wire, in whatever pieces they come', async () => {
  await using undo = new AsyncDisposableStack();
  const http = createServer().listen(0, '127.0.0.1');
  undo.defer(() => void http.close());
  await once(http, 'listening');
  const echo = undo.adopt(new WebSocketServer({ server: http }), (server) => server.close());
  echo.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
  const [asked, told] = [new WebSocketTexts(), new WebSocketTexts()];
  const [requests, replies]: [string[], string[]] = [[], []];
  const byByte = (texts: WebSocketTexts, chunk: Buffer): string[] =>
    chunk.length > 1_000 ? texts.take(chunk) : [...chunk].flatMap((byte) => texts.take(Buffer.from([byte])));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  const tapped = () => ({
    request: (chunk: Buffer) => void requests.push(...byByte(asked, chunk)),
    reply: (chunk: Buffer) => void replies.push(...byByte(told, chunk)),
  });
  const proxy = undo.adopt(await TcpProxy.start({ port: address.port }, 0, tapped), (link) => link.close());

  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  for (const word of words) {
    socket.send(word);
    await once(socket, 'message');
  }
  socket.terminate();

  expect(requests).toEqual(words);
  expect(replies).toEqual(words);
});

test('a plain HTTP answer is no WebSocket', () => {
  const texts = new WebSocketTexts();
  expect(texts.take(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\x81\x02hi'))).toEqual([]);
  expect(texts.take(Buffer.from('\x81\x02hi', 'latin1'))).toEqual([]);
});
