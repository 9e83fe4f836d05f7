/** Text with a selection in it, as a text field holds them. */
export interface Selected {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** @returns the text with `mark` put around the selection, or taken away where it stands already. */
export function wrapSelection({ text, start, end }: Selected, mark: string): Selected {
  const before = text.slice(0, start);
  const middle = text.slice(start, end);
  const after = text.slice(end);
  if (before.endsWith(mark) && after.startsWith(mark)) {
    const shorter = before.slice(0, -mark.length) + middle + after.slice(mark.length);
    return { text: shorter, start: start - mark.length, end: end - mark.length };
  }
  return { text: before + mark + middle + mark + after, start: start + mark.length, end: end + mark.length };
}

const ADDRESS = 'https://';

/** @returns the text with the selection as the words of a link, and its address selected; the caret between the brackets where nothing was. */
export function linkSelection({ text, start, end }: Selected): Selected {
  const linked = `${text.slice(0, start)}[${text.slice(start, end)}](${ADDRESS})${text.slice(end)}`;
  if (start === end) return { text: linked, start: start + 1, end: start + 1 };
  const address = end + '[]('.length;
  return { text: linked, start: address, end: address + ADDRESS.length };
}

/** @returns the text with `insert` in place of the selection, the caret behind it. */
export function replaceSelection({ text, start, end }: Selected, insert: string): Selected {
  const caret = start + insert.length;
  return { text: text.slice(0, start) + insert + text.slice(end), start: caret, end: caret };
}
