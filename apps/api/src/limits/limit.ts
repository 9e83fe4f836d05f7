import { RefusalError, type Refusal, type SignInRequest, type UserId } from '@parley/events';
import { usernameKey } from '../accounts/user.ts';
import { costOf, policies, type Per, type PolicyName, type RequestName } from './policies.ts';
import type { Spending, Take } from './token-buckets.ts';

/** Who asks: somebody who is signed in, or whoever comes from an address. */
export type Asker = { readonly userId: UserId } | { readonly address: string };

/**
 * The step between schema and handler, the same for sockets and HTTP.
 * @param request as its schema read it.
 * @throws RefusalError `rate_limited` with the time to wait; then nothing of the request was counted.
 */
export type Limit = (name: RequestName, request: unknown, asker: Asker) => Promise<void>;

/** @param take counts: in this node's memory, or one day for all nodes together. @returns the limit by the table. */
export function createLimit(take: Take): Limit {
  return async (name, request, asker) => {
    const spendings = Array.from(costOf(name, request), ([policy, cost]) => spendingOf(policy, cost, request, asker));
    const wait = await take(spendings);
    if (wait > 0) throw new RefusalError(tooMuch(wait));
  };
}

/** Limits nothing: for a bench, or a test that sends more on purpose. */
export const unlimited: Limit = () => Promise.resolve();

function spendingOf(policy: PolicyName, cost: number, request: unknown, asker: Asker): Spending {
  const { per, burst, perSecond } = policies[policy];
  return { key: `${policy} ${whoOf(per, request, asker)}`, cost, burst, perSecond };
}

function whoOf(per: Per, request: unknown, asker: Asker): string {
  const who = 'userId' in asker ? asker.userId : asker.address;
  return per === 'name' ? `${who} ${usernameKey((request as SignInRequest).username)}` : who;
}

function tooMuch(retryAfterMs: number): Refusal {
  return { kind: 'rate_limited', message: 'That was too much at once. Wait a moment, then go on.', retryAfterMs };
}
