// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { goToRegion } from './regions.ts';

test('check 36: one lands on the message that Tab would reach, not on a block of code in one before it', () => {
  document.body.innerHTML = `
    <nav data-region><a href="/">one</a></nav>
    <div data-region>
      <article tabindex="-1"><pre tabindex="0">code that scrolls</pre></article>
      <article tabindex="0" id="newest">newest</article>
    </div>`;
  document.querySelector('a')?.focus();
  goToRegion(1);
  expect(document.activeElement?.id).toBe('newest');
  goToRegion(-1);
  expect(document.activeElement?.textContent).toBe('one');
});
