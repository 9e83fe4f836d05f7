const DASH = 45;
const digits = Buffer.from('0123456789abcdef');

/** Writes the 36 characters of a UUID's text, without making a text. @returns where they end. */
export function writeIdText(into: Uint8Array, from: number, id: Uint8Array): number {
  let at = from;
  for (let byte = 0; byte < 16; byte += 1) {
    if (byte === 4 || byte === 6 || byte === 8 || byte === 10) into[at++] = DASH;
    const value = id[byte] ?? 0;
    into[at++] = digits[value >> 4] ?? 0;
    into[at++] = digits[value & 15] ?? 0;
  }
  return at;
}
