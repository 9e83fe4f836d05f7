import { resolve } from '$app/paths';

/**
 * @param url of the door; its `next` says where one came from.
 * @returns where to go after signing in: the page that was asked for, never another site.
 */
export function wayIn(url: { readonly searchParams: Pick<URLSearchParams, 'get'> }): ReturnType<typeof resolve> {
  const id = /^\/c\/([0-9a-f-]{36})$/.exec(url.searchParams.get('next') ?? '')?.[1];
  return id === undefined ? resolve('/(signed-in)/app') : resolve('/(signed-in)/c/[id]', { id });
}
