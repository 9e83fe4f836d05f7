/** @returns the 16 bytes of a UUID. */
export function rawId(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** Writes the 16 bytes of a UUID. */
export function writeRawId(into: Buffer, offset: number, id: string): void {
  into.write(id.replaceAll('-', ''), offset, 16, 'hex');
}

/** @returns the UUID text of the 16 bytes at `offset`. */
export function idText<Id extends string>(bytes: Buffer, offset = 0): Id {
  const hex = bytes.toString('hex', offset, offset + 16);
  const text = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return text as Id;
}

const KEPT = 4_096;
const kept = new Map<string, Buffer>();

/** @returns the same as `rawId`, remembered: for ids that come again and again. Not to be written to. */
export function keptRawId(id: string): Buffer {
  const known = kept.get(id);
  if (known) return known;
  if (kept.size === KEPT) kept.clear();
  const raw = rawId(id);
  kept.set(id, raw);
  return raw;
}
