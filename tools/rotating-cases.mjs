/** The cases of the battery; G13 measures a guarantee for as long as one likes and is run by hand. */
export const CASES = ['F01', 'F03', 'F04', 'F05', 'F07', 'F09', 'F13', 'F20', 'F28'];

/** @returns `count` cases, others every day, so that all have run after some days. */
export function rotating(now, count) {
  const day = Math.floor(now.getTime() / 86_400_000);
  return Array.from({ length: count }, (_, index) => CASES[(day * count + index) % CASES.length]);
}
