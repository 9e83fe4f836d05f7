import serialize from 'canonicalize';

/**
 * @returns the one text that a JSON value has under RFC 8785 (JCS). Throws for what JSON has no form for: undefined,
 * NaN, infinities, and text with half a character, which has no UTF-8 form.
 */
export function canonicalJson(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new TypeError('This value has no JSON form.');
  return text;
}
