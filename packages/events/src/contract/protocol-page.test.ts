import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorKinds } from './error.ts';
import { httpRoutes } from './http.ts';
import { PROTOCOL_VERSION } from './protocol-version.ts';
import { socketPushes, socketRequests } from './socket.ts';

const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8');

/** Pushes that only clients of older versions hear. */
const past: readonly string[] = ['mark', 'presence'];

/** The table that begins with such a cell. */
function tableOf(head: string): string {
  return page.split('\n\n').find((part) => part.startsWith(`| ${head} `)) ?? '';
}

describe('G15: docs/protocol.md alone suffices to write a client', () => {
  it('is the page of this version', () => {
    expect(page).toMatch(new RegExp(`^# The wire protocol, version ${PROTOCOL_VERSION}\n`));
  });

  it.each(Object.values(httpRoutes))('tells of $method $path', ({ method, path }) => {
    const url = `curl http://localhost:8080/api/v1${path.replace(':code', '$CODE')}`;
    const told = [`\`${method} ${path}\``, `${url}${method === 'GET' ? '\n' : ' '}`];
    expect(told.some((text) => page.includes(text))).toBe(true);
  });

  it.each(Object.keys(socketRequests))('tells of the request %s', (name) => {
    expect(tableOf('request')).toContain(`| \`${name}\` `);
  });

  it.each(Object.keys(socketPushes))('tells of the push %s, or names it as one of older versions', (name) => {
    if (past.includes(name)) expect(page).toMatch(new RegExp(`(before version|clients of) [^.|]*\`${name}\``));
    else expect(tableOf('push')).toContain(`| \`${name}\` `);
  });

  it.each(Object.entries(errorKinds))('tells of the refusal %s', (kind, { status, retryable }) => {
    const row = new RegExp(`^\\| \`${kind}\` +\\| ${status} +\\| ${retryable ? 'yes' : 'no'} `, 'm');
    expect(tableOf('kind')).toMatch(row);
  });
});
