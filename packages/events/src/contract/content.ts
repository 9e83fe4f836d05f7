import { z } from './z.ts';

/** Unpaired surrogates have no UTF-8 form, so nothing that is hashed may hold one. */
const wellFormed = (text: string): boolean => text.isWellFormed();

/** Text as people type it: never empty, at most 8,000 UTF-16 units. */
export const Text = z.string().min(1).max(8_000).refine(wellFormed, 'holds half a character');

/** A short line without line breaks or control characters: names, topics. */
export const Line = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)
  .refine((line) => line.trim() === line, 'begins or ends with a space');

/** A sealed envelope in base64: opaque to every server. */
const Envelope = z.base64().min(1).max(24_000);

/** `none` is readable by the server; every other suite is not. A new suite never changes the event. */
const SuiteName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,31}$/)
  .refine((suite) => suite !== 'none', 'is not an encryption suite');

/** What a message says. */
export const MessageContent = z.union([
  z.strictObject({ suite: z.literal('none'), text: Text }),
  z.strictObject({ suite: SuiteName, envelope: Envelope }),
]);
export type MessageContent = z.infer<typeof MessageContent>;

/** What a reaction says. `tag` lets equal sealed reactions be counted without being read. */
export const ReactionContent = z.union([
  z.strictObject({ suite: z.literal('none'), emoji: z.string().min(1).max(32).refine(wellFormed) }),
  z.strictObject({ suite: SuiteName, tag: z.base64().min(1).max(64), envelope: Envelope }),
]);
export type ReactionContent = z.infer<typeof ReactionContent>;

/** @returns what makes two reactions of one user to one message the same reaction. */
export function reactionKey(content: ReactionContent): string {
  return 'emoji' in content ? content.emoji : content.tag;
}
