import { newId, partitionOf, type ConversationId } from '@parley/events';
import { eventKey, idBinary, idBuffer, type EventDocument } from '@parley/read-models';
import { Binary } from 'mongodb';
import { expect, test } from 'vitest';
import { chainStart, commitmentOf } from '../projector/event-chain.ts';
import { ConversationCheck, linkAfter, type BrokenEvent } from './conversation-check.ts';

const id = newId<ConversationId>();
const [user, device] = [newId(), newId()].map(idBinary);
const epoch = Buffer.alloc(8, 5);

function said(seq: number): EventDocument {
  if (!user || !device) throw new Error('Nobody speaks.');
  return {
    ...{ _id: eventKey(id, seq), p: partitionOf(id), n: seq, v: 1, t: 'message.sent', a: 1_790_000_000_000 + seq },
    ...{ u: user, d: device, k: idBinary(newId()), w: idBinary(id), e: new Binary(epoch), m: true },
    ...{ s: new Binary(Buffer.alloc(16, seq)), b: `{"content":{"suite":"none","text":"${seq}"}}` },
  };
}

/** @returns a conversation as a worker archives it; behind a hole that the log had nothing is chained. */
function archived(seqs: readonly number[]): EventDocument[] {
  let [chain, before]: [Uint8Array | undefined, number] = [chainStart(idBuffer(id)), 0];
  return seqs.map((seq) => {
    const event = said(seq);
    chain = chain && seq === before + 1 ? linkAfter(chain, event) : undefined;
    before = seq;
    return chain ? { ...event, h: new Binary(chain) } : event;
  });
}

/** Checks what is left of a conversation, or has become of it. */
function checked(stored: readonly EventDocument[], found: readonly EventDocument[], headSeq?: number) {
  const last = stored.at(-1);
  if (!last) throw new Error('Nothing was archived.');
  const letters = stored.filter(({ h }, at) => !h && stored[at - 1]?.h).map(({ n }) => n);
  const check = new ConversationCheck(idBuffer(id), {
    head: { seq: headSeq ?? last.n, ...(last.h ? { h: last.h } : {}) },
    placeOf: () => 1_000,
    isHoleBefore: (seq) => letters.includes(seq),
    epochAt: () => epoch,
  });
  for (const event of found) check.take(event);
  check.end();
  const broken = check.broken.map(({ seq, to, what }): [number, number, BrokenEvent['what']] => [seq, to, what]);
  return { broken, unchained: check.unchained, erased: check.erased };
}

const whole = archived([1, 2, 3, 4, 5]);
/** The log had no seq 3. */
const torn = archived([1, 2, 4, 5, 6, 7]);
const sound = { broken: [], unchained: 0, erased: 0 };

/** @returns the events with one of them changed. */
const changed = (events: readonly EventDocument[], seq: number, change: (event: EventDocument) => EventDocument) =>
  events.map((event) => (event.n === seq ? change(event) : event));
const commitmentFor = ({ s, b = '' }: EventDocument): Binary =>
  new Binary(commitmentOf({ salt: s?.buffer ?? Buffer.alloc(0), content: Buffer.from(b) }));

test('G7 a conversation that is whole is sound, and so is one behind a hole that the log had', () => {
  expect(checked(whole, whole)).toEqual(sound);
  expect(checked(torn, torn)).toEqual({ ...sound, unchained: 4 });
});

test('G7 behind a hole of the log one missing event is named, and not those behind it', () => {
  const found = torn.filter(({ n }) => n !== 6);
  expect(checked(torn, found)).toEqual({ broken: [[6, 6, 'missing']], unchained: 3, erased: 0 });
});

test('G7 a chain is no excuse behind a hole of the log, where nobody can have written one', () => {
  const found = changed(torn, 5, (event) => ({ ...event, h: new Binary(Buffer.alloc(32, 1)) }));
  expect(checked(torn, found).broken).toEqual([[5, 5, 'altered']]);
});

test('G7 another text is named also where the commitment of the old one is put beside it', () => {
  const found = changed(whole, 3, (event) => ({ ...event, b: '{}', c: commitmentFor(event) }));
  expect(checked(whole, found)).toEqual({ ...sound, broken: [[3, 3, 'altered']] });
});

/** @returns an event that has a commitment in place of some of its fields. */
function without(event: EventDocument, fields: readonly ('s' | 'b')[], c = commitmentFor(event)): EventDocument {
  const { s, b, ...rest } = event;
  return { ...rest, c, ...(s && !fields.includes('s') ? { s } : {}), ...(b && !fields.includes('b') ? { b } : {}) };
}

test.each(['s', 'b'] as const)('G7 an event that has lost its %s alone is not erased, but altered', (lost) => {
  const found = changed(whole, 3, (event) => without(event, [lost]));
  expect(checked(whole, found)).toEqual({ ...sound, broken: [[3, 3, 'altered']] });
});

test('G7 an erased event is counted, and sound where its commitment is that of what it said', () => {
  const erased = (c?: Binary) => changed(whole, 3, (event) => without(event, ['s', 'b'], c));
  expect(checked(whole, erased())).toEqual({ ...sound, erased: 1 });
  const other = checked(whole, erased(new Binary(Buffer.alloc(32, 1))));
  expect(other).toEqual({ broken: [[3, 3, 'altered']], unchained: 0, erased: 1 });
});

test('G7 an event of another epoch than its place is altered', () => {
  const found = changed(whole, 3, (event) => ({ ...event, e: new Binary(Buffer.alloc(8, 9)) }));
  expect(checked(whole, found).broken).toEqual([[3, 3, 'altered']]);
});

test('G7 what a head claims that was altered is named in one piece, however much it is', () => {
  expect(checked(whole, whole, 2 ** 40).broken).toEqual([[6, 2 ** 40, 'missing']]);
});
