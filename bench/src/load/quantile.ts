/** @returns the value below which the given part (0 to 1) of the samples lies; NaN without samples. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** @returns the middle value; the lower one of two. */
export function median(samples: readonly number[]): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

/** @returns the number with at most so many digits after the point. */
export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
