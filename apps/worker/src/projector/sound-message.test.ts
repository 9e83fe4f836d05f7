import { eventBodies } from '@parley/events';
import { expect, test } from 'vitest';
import { isSoundMessage } from './sound-message.ts';

const sealed = (envelope: string, suite = 'sealed.1'): string =>
  `{"content":{"envelope":"${envelope}","suite":"${suite}"}}`;
const open = (text: string): string => `{"content":{"suite":"none","text":"${text}"}}`;

const bodies = [
  ...[sealed('QUJD'), sealed('QUI='), sealed('QQ=='), sealed('A'.repeat(24_000)), sealed('QUJD', 'a'.repeat(32))],
  ...[sealed(''), sealed('A'), sealed('A==='), sealed('QU=D'), sealed('QUJDR'), sealed('A'.repeat(24_004))],
  ...[sealed('Q U='), sealed('QUJ-'), sealed('ÄÄÄÄ'), sealed('QUJD', 'none'), sealed('QUJD', 'None')],
  ...[sealed('QUJD', ''), sealed('QUJD', '.x'), sealed('QUJD', 'a'.repeat(33)), sealed('QUJD","x":"y')],
  ...[open('hello'), open('grüße 👋'), open('x'.repeat(8_000)), open('a \\"quote\\"'), open('\\ud83d')],
  ...[open(''), open('x'.repeat(8_001)), open('a"b'), open('line\nbreak'), open('two","text":"x'), open('x') + ' '],
  ...['', '{', '{}', 'null', '{"content":{"suite":"none"}}', '{"content":{"suite":"none","text":1}}'],
  ...['{"content":{"envelope":"QUJD","suite":"sealed.1"},"more":1}', `${sealed('QUJD')}}`, sealed('QUJD').slice(0, -1)],
];

function taken(body: string): boolean {
  try {
    return eventBodies['message.sent'].safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

test.each(bodies.map((body) => [body.slice(0, 60), body]))(
  'G15 %s: what is called sound is taken by the schema',
  (_, body) => {
    if (isSoundMessage(Buffer.from(body))) expect(taken(body)).toBe(true);
  },
);

test('the two usual forms are seen, and every single changed byte of one is what the schema says', () => {
  expect(isSoundMessage(Buffer.from(sealed('QUJDREVG')))).toBe(true);
  expect(isSoundMessage(Buffer.from(open('grüße')))).toBe(true);
  const bytes = Buffer.from(sealed('QUJDREU='));
  for (let at = 0; at < bytes.length; at += 1) {
    for (const byte of [0, 10, 32, 34, 45, 61, 92, 123, 125, 128, 255]) {
      const other = Buffer.from(bytes);
      other[at] = byte;
      if (isSoundMessage(other)) expect(taken(other.toString())).toBe(true);
    }
  }
});
