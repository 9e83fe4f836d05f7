/**
 * @param lineage a partition's epochs, oldest first, with the last n before each.
 * @returns in which epoch an entry was appended; undefined where none had begun.
 */
export function epochsOf(
  lineage: readonly { readonly epoch: string; readonly began: number }[],
): (n: number) => Uint8Array | undefined {
  const epochs = lineage.map(({ epoch, began }) => ({ began, bytes: Buffer.from(epoch, 'hex') }));
  return (n) => epochs.findLast(({ began }) => began < n)?.bytes;
}
