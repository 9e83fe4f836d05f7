import { createHash } from 'node:crypto';

/** Hash of the `style` attribute that SvelteKit's route announcer sets; without it every page reports a violation. */
const ANNOUNCER_STYLE = "'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='";

/**
 * @param page the web app's page, or '' without one. Its inline scripts, and no other, may run.
 * @returns the directives of the Content-Security-Policy (CSP Level 3).
 */
export function contentSecurityPolicy(page: string): Record<string, readonly string[]> {
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'", ...inlineScriptHashes(page)],
    'style-src': ["'self'"],
    'style-src-attr': ["'unsafe-hashes'", ANNOUNCER_STYLE],
    'img-src': ["'self'"],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'worker-src': ["'self'"],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': ['svelte-trusted-html', 'sveltekit-trusted-url', 'dompurify'],
  };
}

function inlineScriptHashes(page: string): string[] {
  const inline = page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi);
  return Array.from(inline, ([, script = '']) => {
    const hash = createHash('sha256').update(script).digest('base64');
    return `'sha256-${hash}'`;
  });
}
