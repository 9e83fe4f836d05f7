import type { CommandBatch, CommandType, HttpRouteName, SocketRequestName } from '@parley/events';
import type { Allowance } from './token-buckets.ts';

/** Who is counted: one person on all devices, whoever comes from one address, or one name asked for from there. */
export type Per = 'user' | 'address' | 'name';

export interface Policy extends Allowance {
  readonly per: Per;
}

/**
 * How much of each kind one asker may do on one node. An honest person never meets these: they are for what runs away
 * and for who means harm.
 */
export const policies = {
  /** Twenty messages a second are honest, and so is what a device kept while it was away: some batches at once. */
  send: { burst: 100, perSecond: 30, per: 'user' },
  /** Edits, deletions and reactions: a hand is slower than twenty a second; each costs a look for its message. */
  change: { burst: 100, perSecond: 20, per: 'user' },
  /** Conversations and invites stay for ever; whoever sets up a workspace by script makes some dozens at once. */
  create: { burst: 100, perSecond: 1, per: 'user' },
  /** Each changes what a person hears, on all nodes; a group has 200 people. */
  membership: { burst: 200, perSecond: 5, per: 'user' },
  /** A client that comes back asks for lists, members and pages of all that is open, on each device. */
  read: { burst: 300, perSecond: 50, per: 'user' },
  /** One page after the other, as fast as one client asks. */
  sync: { burst: 300, perSecond: 50, per: 'user' },
  /** After a long absence one for each conversation; after that, clients gather them. */
  mark: { burst: 300, perSecond: 20, per: 'user' },
  /** Clients say it every three seconds in the one conversation where somebody types. */
  typing: { burst: 20, perSecond: 4, per: 'user' },
  /** A token lives for minutes. */
  renew: { burst: 20, perSecond: 1, per: 'user' },
  /** Passwords of one account are not to be guessed: six a minute. By address too, else anybody could lock anybody out. */
  guess: { burst: 20, perSecond: 0.1, per: 'name' },
  /** Each costs a hash of some 30 ms. A whole office may come from one address on one morning. */
  account: { burst: 100, perSecond: 5, per: 'address' },
  /** Cheap and asked without a session. Behind a proxy all come from its address, and after an outage all at once. */
  visit: { burst: 3_000, perSecond: 300, per: 'address' },
} as const satisfies Record<string, Policy>;

/** Sockets of one person on one node: every window and every program that connects as them. */
export const SOCKETS_EACH = 60;

export type PolicyName = keyof typeof policies;

/** A request by its name in the contract, over whichever road it comes. */
export type RequestName = HttpRouteName | SocketRequestName;

const ofCommand: Readonly<Record<CommandType, PolicyName>> = {
  'conversation.create': 'create',
  'member.add': 'membership',
  'member.remove': 'membership',
  'member.change-role': 'membership',
  'conversation.join': 'membership',
  'conversation.leave': 'membership',
  'message.send': 'send',
  'message.edit': 'change',
  'message.delete': 'change',
  'reaction.add': 'change',
  'reaction.remove': 'change',
};

/** All but `command`, which counts by what it carries. */
const ofRequest: Readonly<Record<Exclude<RequestName, 'command'>, readonly PolicyName[]>> = {
  setupState: ['visit'],
  invite: ['visit'],
  refresh: ['visit'],
  setup: ['account'],
  signUp: ['account'],
  signIn: ['guess', 'account'],
  signOut: ['renew'],
  authenticate: ['renew'],
  createInvite: ['create'],
  users: ['read'],
  online: ['read'],
  conversations: ['read'],
  channels: ['read'],
  history: ['read'],
  members: ['read'],
  receipt: ['read'],
  sync: ['sync'],
  mark: ['mark'],
  typing: ['typing'],
};

/**
 * @param request as its schema read it.
 * @returns for which policies a request counts, and how often.
 */
export function costOf(name: RequestName, request: unknown): ReadonlyMap<PolicyName, number> {
  if (name !== 'command') return new Map(ofRequest[name].map((policy) => [policy, 1]));
  const cost = new Map<PolicyName, number>();
  for (const { type } of (request as CommandBatch).commands) {
    const policy = ofCommand[type];
    cost.set(policy, (cost.get(policy) ?? 0) + 1);
  }
  return cost;
}
