import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { controlLinks } from './link-control.ts';
import type { ServerLink } from './server-links.ts';

/** Notes what it is told. */
function noting(done: string[]): ServerLink {
  const note = (text: string) => (): Promise<void> => Promise.resolve(void done.push(text));
  return {
    port: 0,
    cut: note('cut'),
    blackhole: note('blackhole'),
    dropReplies: note('drop-replies'),
    latency: (milliseconds) => note(`latency ${milliseconds}`)(),
    throttle: (bytesPerSecond) => note(`throttle ${bytesPerSecond}`)(),
    heal: note('heal'),
  };
}

test.each([
  ['api.log cut', 'ok', ['cut']],
  ['api.log blackhole', 'ok', ['blackhole']],
  ['api.log drop-replies', 'ok', ['drop-replies']],
  ['api.log latency 50', 'ok', ['latency 50']],
  ['api.log throttle 10000', 'ok', ['throttle 10000']],
  ['api.log heal', 'ok', ['heal']],
  ['', 'The links are: api.log.', []],
  ['worker.log cut', 'The links are: api.log.', []],
  ['api.log explode', 'What a link can do: cut, blackhole, drop-replies, latency, throttle, heal.', []],
  ['api.log constructor', 'What a link can do: cut, blackhole, drop-replies, latency, throttle, heal.', []],
  ['api.log latency', 'Say how much: `api.log latency 100`.', []],
])('a line that says "%s" is answered with "%s"', async (line, answer, told) => {
  const done: string[] = [];
  const server = await controlLinks(new Map([['api.log', noting(done)]]), 0);
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`${line}\n`);
  const [reply] = (await once(socket, 'data')) as [Buffer];
  expect(String(reply)).toBe(`${answer}\n`);
  expect(done).toEqual(told);
  socket.destroy();
  server.close();
});
