import { Seq, type ConversationId, type MemberList, type MemberRole, type UserId } from '@parley/events';
import type { Access, EventLog } from '@parley/events/log';
import { idBinary, idText, type Database } from '@parley/read-models';
import { isAway } from '../access/conversation-door.ts';
import { marksIn, type MarkSources } from './read-marks.ts';

export interface MemberPorts extends MarkSources {
  readonly log: Pick<EventLog, 'members' | 'shared'>;
}

interface Member {
  readonly userId: UserId;
  readonly role: MemberRole;
  readonly since: number;
}

/** @returns who is a member now, by the log or, while it is away, by the read models, and everybody's marks. */
export async function readMembers(ports: MemberPorts, access: Access): Promise<MemberList> {
  const { conversationId, epoch, head: asOf } = access.conversation;
  const members = await membersNow(ports, conversationId);
  const present = new Set(members.map(({ userId }) => userId));
  const marks = await marksIn(ports, conversationId, epoch);
  return {
    epoch,
    asOf,
    members: members.map((member) => ({ ...member, since: Seq.parse(member.since) })),
    marks: marks.filter(({ userId }) => present.has(userId)),
  };
}

async function membersNow({ log, database }: MemberPorts, conversationId: ConversationId): Promise<Member[]> {
  try {
    return await log.members(conversationId);
  } catch (error) {
    if (!isAway(error)) throw error;
    return keptMembers(database, conversationId);
  }
}

async function keptMembers(database: Database, conversationId: ConversationId): Promise<Member[]> {
  const { members } = await database.readModels();
  const found = await members
    .find({ c: idBinary(conversationId), role: { $in: ['member', 'moderator', 'owner'] } })
    .toArray();
  return found.flatMap(({ u, role, since }) => (role === null ? [] : [{ userId: idText<UserId>(u), role, since }]));
}
