/**
 * @param at where one is, -1 for nowhere.
 * @returns the next one that is wanted, round the end of the list to its begin; undefined when there is none but this.
 */
export function nextIn<T>(list: readonly T[], at: number, step: 1 | -1, wanted: (entry: T) => boolean): T | undefined {
  const from = at < 0 && step < 0 ? list.length : at;
  for (let away = 1; away <= list.length; away += 1) {
    const index = (from + away * step + list.length) % list.length;
    const entry = list[index];
    if (index !== at && entry !== undefined && wanted(entry)) return entry;
  }
  return undefined;
}
