/**
 * What can be wrong with a run.
 * - lost: acked, but not stored, not projected or not delivered.
 * - phantom: stored, though refused or never sent.
 * - duplicated: one command stored at two places, one text stored under two commands, or one event shown twice to one
 *   reader.
 * - inversion: a reader saw, or the log keeps, an earlier event after a later one.
 * - hole: a seq or a log position is missing between others.
 * - diverged: two places disagree on what a position holds, or two builds of a read model differ.
 * - leaked: a reader got what it may not see.
 * - exception: an error that no code caught, or a process that ended by itself.
 */
export const findingKinds = [
  'lost',
  'phantom',
  'duplicated',
  'inversion',
  'hole',
  'diverged',
  'leaked',
  'exception',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** One thing that is wrong, in words that let somebody find it in the record. `subject` makes it countable. */
export interface Finding {
  readonly kind: FindingKind;
  readonly subject: string;
  readonly what: string;
}
