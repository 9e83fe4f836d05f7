import { expect, test } from 'vitest';
import { hueOf, initialsOf } from './portrait.ts';

test.each([
  ['Alice Marsh', 'AM'],
  ['Bob', 'BO'],
  ['Ana Maria de Souza', 'AS'],
  ['李 雷', '李雷'],
  ['👩‍🚀', '👩‍🚀'],
])('the initials of %s are %s', (name, initials) => expect(initialsOf(name)).toBe(initials));

test('an id always has the same one of sixteen hues', () => {
  expect(hueOf('x')).toBe(hueOf('x'));
  expect(hueOf('x') % 22.5).toBe(0);
});
