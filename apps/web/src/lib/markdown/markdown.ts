import DOMPurify from 'dompurify';
import { Marked, type Tokens } from 'marked';

/** HTML that went through the sanitiser. A `TrustedHTML` where the browser knows Trusted Types. */
export type SafeHtml = string;

const KEPT = 1_000;
const cache = new Map<string, SafeHtml>();

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => escapes[char] ?? char);
const isSafeLink = (href: string): boolean => /^(?:https?:|mailto:)/i.test(href);
/** A conversation or message of this workspace opens in place. */
const isOwn = (href: string): boolean => href.startsWith(`${location.origin}/c/`);

const marked = new Marked({
  gfm: true,
  breaks: true,
  async: false,
  renderer: {
    // Raw HTML is shown as it was typed, so that the sanitiser never meets it: parsing it would report violations.
    html: ({ raw }: Tokens.HTML | Tokens.Tag) => escape(raw),
    code: ({ text }: Tokens.Code) => `<pre><code>${escape(text)}\n</code></pre>`,
    image: ({ raw }: Tokens.Image) => escape(raw),
    heading({ tokens }: Tokens.Heading) {
      return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>`;
    },
    link({ href, tokens, raw }: Tokens.Link) {
      if (!isSafeLink(href)) return escape(raw);
      const text = this.parser.parseInline(tokens);
      const tab = isOwn(href) ? '' : ' target="_blank"';
      return `<a href="${escape(href)}"${tab} rel="noopener noreferrer nofollow">${text}</a>`;
    },
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? '☑ ' : '☐ '),
  },
});

const allowed = {
  ALLOWED_TAGS: ['p', 'br', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'hr'].concat([
    'table',
    'thead',
    'tbody',
    'tr',
    'th',
    'td',
  ]),
  ALLOWED_ATTR: ['href', 'target', 'rel', 'start'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

/**
 * @param text a message as it was typed.
 * @returns its HTML: GitHub's Markdown without images, headings and raw HTML. Kept for the newest 1,000 texts.
 */
export function renderMarkdown(text: string): SafeHtml {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const html = marked.parse(text, { async: false });
  // Svelte's `{@html}` takes what the sanitiser returns under Trusted Types, but its type says string.
  const safe = DOMPurify.sanitize(html, { ...allowed, RETURN_TRUSTED_TYPE: true }) as unknown as SafeHtml;
  const oldest = cache.keys().next();
  if (cache.size >= KEPT && !oldest.done) cache.delete(oldest.value);
  cache.set(text, safe);
  return safe;
}
