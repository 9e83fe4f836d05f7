// @vitest-environment happy-dom
import type { ConversationId, UserId } from '@parley/events';
import { newId } from '@parley/events';
import { beforeEach, expect, test } from 'vitest';
import { Drafts } from './drafts.svelte.ts';

const alice = newId<UserId>();
const [general, launch] = [newId<ConversationId>(), newId<ConversationId>()];

beforeEach(() => localStorage.clear());

test('a draft is there again after a reload', () => {
  new Drafts(alice, localStorage).setText(general, 'not sent yet');
  expect(new Drafts(alice, localStorage).text(general)).toBe('not sent yet');
});

test('a draft belongs to one conversation and one person', () => {
  new Drafts(alice, localStorage).setText(general, 'for general');
  expect(new Drafts(alice, localStorage).text(launch)).toBe('');
  expect(new Drafts(newId<UserId>(), localStorage).text(general)).toBe('');
});

test('an edit that was begun is kept beside the draft, with its line breaks', () => {
  const drafts = new Drafts(alice, localStorage);
  drafts.setText(general, 'draft');
  drafts.setEdit(general, 'message-1', 'one\ntwo');
  const later = new Drafts(alice, localStorage);
  expect(later.edit(general, 'message-1')).toBe('one\ntwo');
  expect(later.edit(general, 'message-2')).toBeNull();
  expect(later.text(general)).toBe('draft');
});

test('the list shows a pencil for text and for edits, not for blanks', () => {
  const drafts = new Drafts(alice, localStorage);
  drafts.setText(general, '  ');
  expect(drafts.has(general)).toBe(false);
  drafts.setEdit(general, 'message-1', 'x');
  expect(drafts.has(general)).toBe(true);
  drafts.setEdit(general, 'message-1', null);
  expect(drafts.has(general)).toBe(false);
});

test('nothing is left behind when a draft is sent', () => {
  const drafts = new Drafts(alice, localStorage);
  drafts.setText(general, 'x');
  drafts.setText(general, '');
  expect(localStorage.length).toBe(0);
});

/** What is kept elsewhere once it is released. */
function slowStore(): { keep: () => Promise<void>; kept: () => void; refused: (fault: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  return { keep: () => promise, kept: () => resolve(undefined), refused: reject };
}

test('E3: a page that ends while the outbox takes a message in finds its text again; the field is empty at once', async () => {
  const drafts = new Drafts(alice, localStorage);
  const store = slowStore();
  drafts.setText(general, ' on its way ');
  const handed = drafts.handOver(general, store.keep);
  expect(drafts.text(general)).toBe('');
  drafts.setText(general, 'the next one');
  expect(new Drafts(alice, localStorage).text(general)).toBe('on its way\nthe next one');
  store.kept();
  await handed;
  expect(drafts.text(general)).toBe('the next one');
  expect(new Drafts(alice, localStorage).text(general)).toBe('the next one');
});

test('E3: what the outbox could not keep comes back into the field and the storage, once', async () => {
  const drafts = new Drafts(alice, localStorage);
  const store = slowStore();
  drafts.setText(general, 'too much');
  const handed = drafts.handOver(general, store.keep);
  drafts.setText(general, 'typed since');
  store.refused(new Error('full'));
  await expect(handed).rejects.toThrow('full');
  expect(drafts.text(general)).toBe('too much\ntyped since');
  expect(new Drafts(alice, localStorage).text(general)).toBe('too much\ntyped since');
});

test('C7: an edit that is saved is in the storage until the outbox has it, and comes back if it could not', async () => {
  const drafts = new Drafts(alice, localStorage);
  const [first, second] = [slowStore(), slowStore()];
  drafts.setEdit(general, 'message-1', 'one');
  const refused = drafts.handOverEdit(general, 'message-1', first.keep);
  expect(drafts.edit(general, 'message-1')).toBeNull();
  expect(new Drafts(alice, localStorage).edit(general, 'message-1')).toBe('one');
  first.refused(new Error('full'));
  await expect(refused).rejects.toThrow('full');
  expect(drafts.edit(general, 'message-1')).toBe('one');
  const saved = drafts.handOverEdit(general, 'message-1', second.keep);
  second.kept();
  await saved;
  expect(localStorage.length).toBe(0);
});

test('B5: a refused edit goes back into its editor, but not over a newer one that was begun meanwhile', () => {
  const drafts = new Drafts(alice, localStorage);
  expect(drafts.putBackEdit(general, 'message-1', 'refused')).toBe(true);
  expect(drafts.putBackEdit(general, 'message-1', 'refused')).toBe(true);
  drafts.setEdit(general, 'message-1', 'newer');
  expect(drafts.putBackEdit(general, 'message-1', 'refused')).toBe(false);
  expect(drafts.edit(general, 'message-1')).toBe('newer');
});

test('what another tab types is heard', () => {
  const here = new Drafts(alice, localStorage);
  new Drafts(alice, localStorage).setText(general, 'from the other tab');
  const key = localStorage.key(0);
  here.heard({ key } as StorageEvent);
  expect(here.text(general)).toBe('from the other tab');
});

test('a full storage loses nothing before the page is closed', () => {
  const full = Object.assign(Object.create(localStorage) as Storage, {
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  });
  const drafts = new Drafts(alice, full);
  drafts.setText(general, 'still here');
  expect(drafts.text(general)).toBe('still here');
});
