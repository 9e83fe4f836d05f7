import { API } from '@parley/events';
import type { CookieOptions, Request, Response } from 'express';

const NAME = 'parley_refresh';

/** The refresh token of a browser: out of reach of every script, and sent to our own API only. */
export interface RefreshCookie {
  /** The token that the browser sent, if any. */
  readonly token: string | undefined;
  /** @param expiresAt milliseconds since 1970. */
  keep(token: string, expiresAt: number): void;
  drop(): void;
}

/** @param secure whether browsers reach Parley by https. */
export function refreshCookie(request: Request, response: Response, secure: boolean): RefreshCookie {
  const options: CookieOptions = { httpOnly: true, sameSite: 'strict', path: API, secure };
  return {
    token: readCookie(request.headers.cookie),
    keep: (token, expiresAt) => response.cookie(NAME, token, { ...options, expires: new Date(expiresAt) }),
    drop: () => response.clearCookie(NAME, options),
  };
}

/** @returns whether a request carries the cookie, whatever its value. */
export function carriesCookie(request: Request): boolean {
  return readCookie(request.headers.cookie) !== undefined;
}

function readCookie(header = ''): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
}
