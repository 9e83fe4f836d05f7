const HUES = 16;
const segmenter = new Intl.Segmenter();
const signsOf = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

/** @returns one of 16 hues in degrees, always the same for an id. */
export function hueOf(id: string): number {
  // FNV-1a: ids that were made one after the other still get different hues.
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return ((hash >>> 8) % HUES) * (360 / HUES);
}

/** @returns one or two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = words[0] ?? name;
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  const letters = last ? letter(first) + letter(last) : signsOf(first).slice(0, 2).join('');
  return letters.toLocaleUpperCase();
}

function letter(word: string): string {
  return signsOf(word).find((char) => /[\p{L}\p{N}]/u.test(char)) ?? '';
}
