import { expect, test, vi } from 'vitest';
import { PlannedDeletions } from './planned-deletions.svelte.ts';

/** A server whose answer the test gives. */
function deletions(): { planned: PlannedDeletions; asked: number[]; done: () => void } {
  const asked: number[] = [];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const planned = new PlannedDeletions((seq) => {
    asked.push(seq);
    return promise;
  });
  return { planned, asked, done: () => resolve(undefined) };
}

test('check 25: a message that is kept is shown again, and nothing is asked for', () => {
  const { planned, asked } = deletions();
  const ended = vi.fn();
  const deletion = planned.plan('message', 5, ended);
  expect(planned.has('message')).toBe(true);
  expect(deletion.keep()).toBe(true);
  expect(planned.has('message')).toBe(false);
  planned.flush();
  expect(asked).toEqual([]);
  expect(ended).toHaveBeenCalledOnce();
});

test('check 25: leaving the room decides: the note with Undo goes, and an Undo that is too late says so', () => {
  const { planned, asked } = deletions();
  const ended = vi.fn();
  const deletion = planned.plan('message', 5, ended);
  planned.flush();
  expect(asked).toEqual([5]);
  expect(ended).toHaveBeenCalledOnce();
  expect(deletion.keep()).toBe(false);
  expect(planned.has('message')).toBe(true);
  deletion.carryOut();
  expect(asked).toEqual([5]);
});

test('check 25: they are taken back one after another, the newest first, as long as one is undecided', () => {
  const { planned, asked } = deletions();
  for (const [seq, key] of ['first', 'second', 'third'].entries()) planned.plan(key, seq, () => undefined);
  const shown = (): string[] => ['first', 'second', 'third'].filter((key) => !planned.has(key));
  expect(planned.keepLast()).toBe(true);
  expect(shown()).toEqual(['third']);
  expect(planned.keepLast()).toBe(true);
  expect(shown()).toEqual(['second', 'third']);
  planned.flush();
  expect(planned.keepLast()).toBe(false);
  expect(asked).toEqual([0]);
});

test('B5: once the timeline knows of the deletion it alone says whether the message is deleted', async () => {
  const { planned, done } = deletions();
  planned.plan('message', 5, () => undefined).carryOut();
  expect(planned.has('message')).toBe(true);
  done();
  await vi.waitFor(() => expect(planned.has('message')).toBe(false));
});
