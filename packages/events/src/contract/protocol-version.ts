/**
 * Version of everything on the wire and in the log. A test pins the hash of all schemas to it.
 *
 * 1: the first.
 * 2: `member.change-role`, its event `member.role-changed`, and the refusal `last_owner`.
 * 3: `presences`, which tells of everybody who came or went in one frame.
 * 4: `since`, which asks history for a moment; `marks`, which tells those of a conversation in one frame.
 */
export const PROTOCOL_VERSION = 4;

/** Older clients are refused with `upgrade_required`. One of version 1 takes a kind that it does not know as final. */
export const MIN_PROTOCOL_VERSION = 1;
