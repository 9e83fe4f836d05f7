import { expect, test } from 'vitest';
import { acks, undecided } from './decisions.ts';
import { Recorder } from './record.ts';
import { reactionValue } from './stored-value.ts';

const asked = { kind: 'invoke', userId: 'alice', deviceId: 'alice-1', conversationId: 'c0' } as const;

test('messages that are neither acked nor refused are undecided; edits and reactions show no receipt', () => {
  const recorder = new Recorder(null);
  recorder.add({ ...asked, op: 'acked', value: 'run sender0 1' });
  recorder.add({ ...asked, op: 'refused', value: 'run sender0 2' });
  recorder.add({ ...asked, op: 'waits', value: 'run sender0 3' });
  recorder.add({ ...asked, op: 'edit', value: 'run sender0 edit 4' });
  recorder.add({ ...asked, op: 'reaction', value: reactionValue });
  recorder.add({ kind: 'ok', op: 'acked', epoch: 'e1', seq: 1 });
  recorder.add({ kind: 'fail', op: 'refused', reason: 'invalid' });
  expect(acks(recorder.lines)).toBe(1);
  expect(undecided(recorder.lines, 0)).toBe(1);
  expect(undecided(recorder.lines, 60_000)).toBe(0);
});
