import type { Request } from 'express';
import { carriesCookie } from './refresh-cookie.ts';

/**
 * Cross-site request forgery: a page of another origin must not change anything in somebody's name. Browsers name the
 * origin of every such request, so a foreign one is refused, and with the cookie a missing one as well.
 */
export function isForeign(request: Request, origins: readonly string[]): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const { origin } = request.headers;
  return origin === undefined ? carriesCookie(request) : !origins.includes(origin);
}
