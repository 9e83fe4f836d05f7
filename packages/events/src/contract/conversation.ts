import { UserId } from './ids.ts';
import { z } from './z.ts';

export const ConversationKind = z.enum(['direct', 'group', 'channel', 'directory']);
export type ConversationKind = z.infer<typeof ConversationKind>;

/** From weakest to strongest. */
export const memberRoles = ['member', 'moderator', 'owner'] as const;
export const MemberRole = z.enum(memberRoles);
export type MemberRole = z.infer<typeof MemberRole>;

/** `public`: everyone in the workspace may read and join. `private`: members only. */
export const Visibility = z.enum(['public', 'private']);
export type Visibility = z.infer<typeof Visibility>;

/** What a new member sees: everything, or what comes after joining. */
export const HistoryRule = z.enum(['all', 'joined']);
export type HistoryRule = z.infer<typeof HistoryRule>;

export const FirstMember = z.strictObject({ userId: UserId, role: MemberRole });
export type FirstMember = z.infer<typeof FirstMember>;

/**
 * What a member may see: seq `from` to `to`, both included; open without `to`. One interval for each stay, oldest
 * first, never overlapping.
 */
export const VisibleInterval = z.strictObject({ from: z.int().min(1), to: z.int().min(1).optional() });
export type VisibleInterval = z.infer<typeof VisibleInterval>;
