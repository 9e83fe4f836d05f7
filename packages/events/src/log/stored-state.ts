import type {
  ConversationKind,
  HistoryRule,
  MemberRole,
  VisibleInterval,
  Visibility,
} from '../contract/conversation.ts';
import { memberRoles } from '../contract/conversation.ts';

const kinds: Record<string, ConversationKind> = { d: 'direct', g: 'group', c: 'channel', y: 'directory' };

/** @returns the settings of a conversation, from the three letters that the scripts keep. */
export function readSettings(stored: string): { kind: ConversationKind; visibility: Visibility; history: HistoryRule } {
  const kind = kinds[stored.charAt(0)];
  if (!kind) throw new Error(`"${stored}" is no conversation setting: the log was written by something else.`);
  return {
    kind,
    visibility: stored.charAt(1) === 'u' ? 'public' : 'private',
    history: stored.charAt(2) === 'a' ? 'all' : 'joined',
  };
}

/** A member's row: `role` null for who left, `since` the seq of the last coming, what may be seen of each stay. */
export interface StoredMember {
  readonly role: MemberRole | null;
  readonly since: number;
  readonly visible: VisibleInterval[];
}

/** @returns a member's row, from `role:since:from-to,from-`. */
export function readMember(stored: string): StoredMember {
  const [role = '', since = '', intervals = ''] = stored.split(':');
  return {
    role: memberRoles[Number.parseInt(role, 10)] ?? null,
    since: Number(since),
    visible: intervals.split(',').map(readInterval),
  };
}

function readInterval(stored: string): VisibleInterval {
  const [from = '', to = ''] = stored.split('-');
  return to === '' ? { from: Number(from) } : { from: Number(from), to: Number(to) };
}
