/** What a reaction's line holds: the load sends but one kind. */
export const reactionValue = 'a reaction';
/** Events that set the scene. */
export const otherValue = 'something else';

interface Body {
  readonly content?: { readonly text?: string; readonly envelope?: string };
  readonly reaction?: object;
}

/** @returns what an event holds for the checker: the text of a message or an edit, else what kind of thing it is. */
export function valueOfBody(body: object | undefined): string {
  const { content, reaction }: Body = body ?? {};
  if (content !== undefined) return content.text ?? content.envelope ?? '';
  return reaction === undefined ? otherValue : reactionValue;
}

/** @returns the same of a stored body. Poison has bodies that nobody can parse. */
export function valueOfText(body: string | undefined): string {
  try {
    return valueOfBody(JSON.parse(body ?? '{}') as object);
  } catch {
    return otherValue;
  }
}
