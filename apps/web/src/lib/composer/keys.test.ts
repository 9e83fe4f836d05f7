import { expect, test } from 'vitest';
import { isComposing, sends } from './keys.ts';

const press = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the property under test
  ({ key, keyCode: 13, shiftKey: false, altKey: false, isComposing: false, ...more }) as KeyboardEvent;

test('Enter sends', () => expect(sends(press('Enter'))).toBe(true));

test.each([
  ['with Shift it is a new line', { shiftKey: true }],
  ['while a character is composed it accepts the character', { isComposing: true }],
  ['in Safari the same comes as key code 229', { keyCode: 229 }],
])('Enter does not send: %s', (_why, more) => expect(sends(press('Enter', more))).toBe(false));

test('another key is not composing by itself', () => expect(isComposing(press('a', { keyCode: 65 }))).toBe(false));
