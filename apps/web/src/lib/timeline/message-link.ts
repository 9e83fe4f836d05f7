import { resolve } from '$app/paths';

/** @returns the address of a conversation, or of one of its messages, within this site. */
export function pathOf(id: string, seq?: number): string {
  const path = resolve('/(signed-in)/c/[id]', { id });
  return seq === undefined ? path : `${path}?at=${seq}`;
}

/** @returns the seq of the message that an address leads to; null where it leads to the conversation alone. */
export function seqIn(url: { readonly searchParams: Pick<URLSearchParams, 'get'> }): number | null {
  const at = url.searchParams.get('at') ?? '';
  return /^[1-9]\d{0,14}$/.test(at) ? Number(at) : null;
}
