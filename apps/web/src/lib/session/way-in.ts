import { resolve } from '$app/paths';
import { pathOf } from '#lib/timeline/message-link.ts';

/**
 * @param url of the door; its `next` says where one came from.
 * @returns where to go after signing in: the page that was asked for, never another site.
 */
export function wayIn(url: { readonly searchParams: Pick<URLSearchParams, 'get'> }): string {
  const [, id, at] = /^\/c\/([0-9a-f-]{36})(?:\?at=([1-9]\d{0,14}))?$/.exec(url.searchParams.get('next') ?? '') ?? [];
  if (id === undefined) return resolve('/(signed-in)/app');
  return pathOf(id, at === undefined ? undefined : Number(at));
}
