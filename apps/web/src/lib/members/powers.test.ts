import { expect, test } from 'vitest';
import { powersOver, roles } from './powers.ts';

const may = (mine: (typeof roles)[number]): string[] =>
  roles.map((their) => {
    const { changeRole, remove } = powersOver(mine, their, false);
    return [changeRole ? 'change' : '', remove ? 'remove' : ''].filter(Boolean).join(' and ');
  });

test('an owner changes and removes whoever is weaker, a moderator removes members, a member nobody', () => {
  expect(may('owner')).toEqual(['change and remove', 'change and remove', '']);
  expect(may('moderator')).toEqual(['remove', '', '']);
  expect(may('member')).toEqual(['', '', '']);
});

test('of themselves only an owner changes the role; going is another button', () => {
  expect(roles.map((role) => powersOver(role, role, true))).toEqual([
    { changeRole: false, remove: false },
    { changeRole: false, remove: false },
    { changeRole: true, remove: false },
  ]);
});
