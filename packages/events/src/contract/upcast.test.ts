import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventVersions, WireEvent } from './event.ts';
import { knownEvents, upcast } from './upcast.ts';
import { z } from './z.ts';

const folder = new URL('./past-versions/', import.meta.url);
const fixtures = readdirSync(folder).map((name) => ({
  name,
  event: WireEvent.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))),
}));
const fixture = (name: string): WireEvent => {
  const found = fixtures.find((one) => one.name === name);
  if (!found) throw new Error(`There is no fixture ${name}.`);
  return found.event;
};

describe('upcast', () => {
  it.each(fixtures)('G15: $name is readable for ever', ({ event }) => {
    expect(upcast(event)).toMatchObject({ type: event.type, body: event.body, seq: event.seq });
  });

  it('G15: every version of every type has a fixture', () => {
    const wanted = Object.entries(eventVersions).flatMap(([type, newest]) =>
      Array.from({ length: newest }, (_, older) => `${type}.v${older + 1}.json`),
    );
    expect(fixtures.map(({ name }) => name).sort()).toEqual(wanted.sort());
  });

  const sent = fixture('message.sent.v1.json');
  it.each([
    ['an unknown type', { ...sent, type: 'poll.opened' }, 'unknown here'],
    ['a type named like something else', { ...sent, type: 'constructor' }, 'unknown here'],
    ['a newer version', { ...sent, v: 2 }, 'newer'],
    ['an erased event', { ...sent, body: undefined, salt: undefined }, 'erased'],
    ['another body', { ...sent, body: { text: 'x' } }, 'another form'],
  ])('G15: %s is named, never guessed', (_, event, reason) => {
    expect(upcast(event)).toMatchObject({ unknown: expect.stringContaining(reason) as string });
  });

  it('G15: every version of every type but the newest has a step to the next one', () => {
    const newest = Object.entries(knownEvents.steps).map(([type, { length }]) => [type, length + 1]);
    expect(Object.fromEntries(newest)).toEqual(eventVersions);
  });

  describe('of a type with a third version', () => {
    const known = {
      ...knownEvents,
      versions: { ...eventVersions, 'member.left': 3 },
      bodies: { ...knownEvents.bodies, 'member.left': z.strictObject({ why: z.string(), late: z.boolean() }) },
      steps: {
        ...knownEvents.steps,
        'member.left': [
          (body: unknown) => ({ ...(body as object), why: 'unknown' }),
          (body: unknown) => ({ why: (body as { why: string }).why.toLowerCase(), late: false }),
        ],
      },
    };
    const left = fixture('member.left.v1.json');
    it.each([
      [1, {}, { why: 'unknown', late: false }],
      [2, { why: 'Holidays' }, { why: 'holidays', late: false }],
      [3, { why: 'Holidays', late: true }, { why: 'Holidays', late: true }],
    ])('G15: version %i takes exactly the steps that are before it', (v, body, newest) => {
      expect(upcast({ ...left, v, body }, known)).toMatchObject({ v: 3, body: newest });
    });

    it('G15: a body over which a step trips is named, too', () => {
      expect(upcast({ ...left, v: 2, body: null }, known)).toMatchObject({
        unknown: expect.stringContaining('another form') as string,
      });
    });
  });
});
