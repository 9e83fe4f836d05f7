/** The cases of the battery that have passed at the gate's size so far; docs/roadmap.md says what holds up the others. */
export const CASES = ['F05', 'F07', 'F09', 'F13', 'F20', 'F28'];

/** @returns `count` cases, others every day, so that all have run after some days. */
export function rotating(now, count) {
  const day = Math.floor(now.getTime() / 86_400_000);
  return Array.from({ length: count }, (_, index) => CASES[(day * count + index) % CASES.length]);
}
