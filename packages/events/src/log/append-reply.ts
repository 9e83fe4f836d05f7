import type { Refusal } from '../contract/error.ts';
import type { ConversationId, Epoch, Seq } from '../contract/ids.ts';
import type { Receipt } from '../contract/receipt.ts';

/** What the script says about one command, in the order of the numbers in prelude.lua. */
const statuses = [
  'appended',
  'repeated',
  'conflict',
  'not_found',
  'look',
  'wait',
  'member',
  'last_owner',
  'restless',
] as const;
export type AppendStatus = (typeof statuses)[number];

const REPLY_BYTES = 20;

/** @returns the status of command number `index` of the call. */
export function readStatus(reply: Buffer, index: number): AppendStatus {
  const status = statuses[reply[index * REPLY_BYTES] ?? statuses.length];
  if (!status) throw new Error('The append script answered with less than one status for each command.');
  return status;
}

/** @returns the receipt of an appended or repeated command. */
export function readReceipt(reply: Buffer, index: number, conversationId: ConversationId): Receipt {
  const at = index * REPLY_BYTES;
  return {
    conversationId,
    epoch: reply.toString('hex', at + 1, at + 9) as Epoch,
    seq: reply.readUIntBE(at + 9, 5) as Seq,
    at: reply.readUIntBE(at + 14, 6),
  };
}

/** @returns whether the call appended to a partition that was archived to its end: then nobody projects it already. */
export function readAtRest(reply: Buffer): boolean {
  return reply.at(-1) === 1;
}

/** @returns the generation under which the archive is to be looked at. */
export function readGeneration(reply: Buffer, index: number): number {
  return reply.readUIntBE(index * REPLY_BYTES + 9, 5);
}

const refusals: Record<'conflict' | 'not_found' | 'member' | 'last_owner' | 'restless', Refusal> = {
  conflict: { kind: 'conflict', message: 'This id was used for something else before: send it under a new one.' },
  not_found: { kind: 'not_found', message: 'There is no such conversation, or you may not do this in it.' },
  member: { kind: 'conflict', message: 'This user is a member already.' },
  restless: { kind: 'conflict', message: 'This user came and went too often here: make a new conversation.' },
  last_owner: { kind: 'last_owner', message: 'You are the only owner: make somebody else an owner first.' },
};

/** @returns the refusal for a status that is one. */
export function refusalOf(status: keyof typeof refusals): Refusal {
  return refusals[status];
}
