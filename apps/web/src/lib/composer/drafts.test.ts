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
