import { RefusalError } from '@parley/events';
import { expect, test } from 'vitest';
import { refusalMessage } from './refusal-message.ts';

const message = 'The server can’t be reached right now. Parley tries again by itself.';

test('D7: no form and no door says that it tries again by itself, for it does not', () => {
  const noAnswer = new RefusalError({ kind: 'unavailable', message }, { cause: new Error('refused') });
  expect(refusalMessage(noAnswer)).toBe('The server can’t be reached right now. Check the network, then try again.');
});

test('what the server itself says is told in its words', () => {
  const said = 'Redis is away. Nothing is lost; try again in a moment.';
  expect(refusalMessage(new RefusalError({ kind: 'unavailable', message: said }))).toBe(said);
});

test('a fault of the page is told without its detail', () => {
  expect(refusalMessage(new TypeError('x is undefined'))).toBe(
    'Something went wrong in this page. Load it again, then try again.',
  );
});
