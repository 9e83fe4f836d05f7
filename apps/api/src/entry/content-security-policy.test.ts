import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { contentSecurityPolicy } from './content-security-policy.ts';

const script = '\n{ start("app"); }\n';
const page = `<html><head><script src="/a.js"></script></head><body><script type="module">${script}</script></body></html>`;

test("only the page's own inline script may run, by its hash", () => {
  const hash = createHash('sha256').update(script).digest('base64');
  expect(contentSecurityPolicy(page)['script-src']).toEqual(["'self'", `'sha256-${hash}'`]);
  expect(contentSecurityPolicy('')['script-src']).toEqual(["'self'"]);
});

test('nothing is allowed that is not named, and no script is unsafe', () => {
  const policy = contentSecurityPolicy(page);
  expect(policy['default-src']).toEqual(["'none'"]);
  expect(policy['frame-ancestors']).toEqual(["'none'"]);
  expect(JSON.stringify(policy)).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
});
