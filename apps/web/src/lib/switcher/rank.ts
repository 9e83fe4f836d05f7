const fold = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();

/**
 * @returns how well a text fits a search, higher is better, 0 for not at all: the start of the text before the start
 * of a word before anywhere in it before the letters in their order.
 */
export function score(search: string, text: string): number {
  const wanted = fold(search.trim());
  const given = fold(text);
  if (wanted === '') return 1;
  if (given.startsWith(wanted)) return 4;
  if (given.split(/[\s\-_.,@]+/).some((word) => word.startsWith(wanted))) return 3;
  if (given.includes(wanted)) return 2;
  return inOrder(wanted, given) ? 1 : 0;
}

/** @returns whether a text fits a search at all. */
export function matches(search: string, text: string): boolean {
  return score(search, text) > 0;
}

/** @returns those that fit, best first; equal ones stay in the order given. */
export function rank<T>(search: string, list: readonly T[], textOf: (entry: T) => string): readonly T[] {
  return list
    .map((entry) => ({ entry, fit: score(search, textOf(entry)) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .map(({ entry }) => entry);
}

function inOrder(wanted: string, given: string): boolean {
  let at = 0;
  for (const char of given) if (char === wanted[at]) at += 1;
  return at === wanted.length;
}
