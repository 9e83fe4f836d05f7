import type { MemberRole } from './conversation.ts';
import { Line } from './content.ts';
import { DeviceId, Timestamp, UserId, WorkspaceId } from './ids.ts';
import { z } from './z.ts';

/** Unique without regard to case; shown as typed. */
export const Username = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/);
export const Password = z.string().min(10).max(200);
export const WorkspaceRole = z.enum(['admin', 'member']);
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/** @returns somebody's role in the workspace's directory: an admin owns it. */
export function directoryRole(role: WorkspaceRole): MemberRole {
  return role === 'admin' ? 'owner' : 'member';
}

export const User = z.strictObject({ userId: UserId, username: Username, name: Line, role: WorkspaceRole });
export type User = z.infer<typeof User>;

export const Workspace = z.strictObject({ workspaceId: WorkspaceId, name: Line });
export type Workspace = z.infer<typeof Workspace>;

const credentials = { username: Username, password: Password };
/** `headless`: the client keeps no cookies; the refresh token comes in the body instead. */
const session = { headless: z.boolean().optional() };

export const SetupRequest = z.strictObject({
  code: z.string().max(64),
  workspace: Line,
  name: Line,
  ...credentials,
  ...session,
});
export type SetupRequest = z.infer<typeof SetupRequest>;
export const SignUpRequest = z.strictObject({ invite: z.string().max(64), name: Line, ...credentials, ...session });
export type SignUpRequest = z.infer<typeof SignUpRequest>;
export const SignInRequest = z.strictObject({
  username: z.string().max(64),
  password: z.string().max(200),
  ...session,
});
export type SignInRequest = z.infer<typeof SignInRequest>;
export const RefreshRequest = z.strictObject({ refreshToken: z.string().max(128).optional() });

/** A signed-in device. `accessToken` is a JWT of a few minutes; `refreshToken` only for headless clients. */
export const Session = z.strictObject({
  user: User,
  deviceId: DeviceId,
  workspace: Workspace,
  accessToken: z.string(),
  accessExpiresAt: Timestamp,
  refreshToken: z.string().optional(),
});
export type Session = z.infer<typeof Session>;

export const SetupState = z.strictObject({ needed: z.boolean() });
export const InviteRequest = z.strictObject({
  uses: z.int().min(1).max(1_000),
  hours: z
    .int()
    .min(1)
    .max(24 * 90),
});
export const Invite = z.strictObject({ code: z.string(), url: z.url(), uses: z.int(), expiresAt: Timestamp });
export type Invite = z.infer<typeof Invite>;
/** What somebody without an account may know of an invite. */
export const InviteView = z.strictObject({ workspace: Line, inviter: Line });
export type InviteView = z.infer<typeof InviteView>;
