import { finished, type Writable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import { textFrame } from './text-frame.ts';

// Not in ws's types.
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable };

/** What a client reads out of the bytes, by ws's own reader. */
async function read(bytes: Buffer): Promise<string[]> {
  const receiver = new Receiver({ isServer: false });
  const texts: string[] = [];
  receiver.on('message', (data: Buffer) => texts.push(data.toString()));
  receiver.end(bytes);
  await promisify(finished)(receiver);
  return texts;
}

describe('a text frame', () => {
  test.each([0, 1, 125, 126, 65_535, 65_536, 70_000])('of %i characters is read as it was written', async (length) => {
    const text = 'x'.repeat(length);
    expect(await read(textFrame(text))).toEqual([text]);
  });

  test('counts bytes, not characters, and several stand behind each other', async () => {
    const texts = ['4grüße 🌊', '43[{"ok":true}]', 'é'.repeat(80)];
    expect(await read(Buffer.concat(texts.map(textFrame)))).toEqual(texts);
  });
});
