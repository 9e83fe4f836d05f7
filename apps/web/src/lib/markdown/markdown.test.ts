// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { renderMarkdown } from './markdown.ts';

const dom = (text: string): HTMLElement => {
  const box = document.createElement('div');
  box.innerHTML = renderMarkdown(text);
  return box;
};

test.each([
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '<svg onload=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>',
  'a <b onclick=alert(1)>b</b> c',
  '<details open ontoggle=alert(1)>x</details>',
])('raw HTML is shown as it was typed: %s', (text) => {
  const box = dom(text);
  expect(box.textContent.trim()).toBe(text);
  expect(box.querySelector('img, script, svg, iframe, b, details')).toBeNull();
});

test.each(['[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](data:text/html,x)', '[x](vbscript:x)'])(
  'a link that would run something is no link: %s',
  (text) => {
    const box = dom(text);
    expect(box.querySelector('a')).toBeNull();
    expect(box.textContent.trim()).toBe(text);
  },
);

test('an attribute can not be broken out of', () => {
  const link = dom('[x](https://example.org/"onmouseover="alert(1))').querySelector('a');
  expect(link?.getAttribute('onmouseover') ?? null).toBeNull();
});

test('images are shown as they were typed: nobody makes other people fetch anything', () => {
  expect(dom('![pixel](https://example.org/p.gif)').querySelector('img')).toBeNull();
});

test('a link opens elsewhere and tells nothing of where it came from', () => {
  const link = dom('see https://example.org/a').querySelector('a');
  expect(link?.getAttribute('href')).toBe('https://example.org/a');
  expect(link?.getAttribute('rel')).toBe('noopener noreferrer nofollow');
});

test('words, code and lists come out as meant', () => {
  const box = dom('**b** *i* `c`');
  expect(['strong', 'em', 'code'].map((tag) => box.querySelector(tag)?.textContent)).toEqual(['b', 'i', 'c']);
  expect(dom('code:\n\n```js\n<x>\n```').querySelector('pre')?.textContent).toBe('<x>\n');
  expect(dom('list:\n\n- a\n- b').querySelectorAll('li')).toHaveLength(2);
});

test('an emoticon stays what it is', () => {
  expect(dom(':D').textContent.trim()).toBe(':D');
});

test('E18: a link to a message of this workspace opens in place, every other one in a tab of its own', () => {
  const [own, other] = [`${location.origin}/c/0189?at=3`, 'https://elsewhere.example/c/0189?at=3'];
  const links = [...dom(`${own} ${other}`).querySelectorAll('a')];
  expect(links.map((link) => [link.getAttribute('href'), link.target])).toEqual([
    [own, ''],
    [other, '_blank'],
  ]);
});
