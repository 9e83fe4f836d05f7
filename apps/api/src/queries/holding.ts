/** @returns what finds a text anywhere in a name, without regard to case. Nothing in the text has a meaning of its own. */
export function holding(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
}
