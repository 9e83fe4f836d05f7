import { z } from '@parley/events';

/** What `/health/ready` answers. */
const Health = z.object({ ready: z.boolean(), reasons: z.array(z.string()), impaired: z.array(z.string()) });

/** One line about the server: what is right, or what is missing and what helps. */
export interface CheckLine {
  readonly ok: boolean;
  readonly text: string;
  readonly hint?: string;
}

const AWAY: CheckLine = {
  ok: false,
  text: 'The server does not answer',
  hint: 'See that it runs and that this address leads to it, then check again.',
};

/** Asks the server what it lacks. @returns a line for each thing, and one that says so when all is well. */
export async function checkServer(): Promise<readonly CheckLine[]> {
  try {
    const answer: unknown = await (await fetch('/health/ready', { cache: 'no-store' })).json();
    return linesOf(Health.parse(answer));
  } catch {
    return [AWAY];
  }
}

/** @returns the lines of an answer; what is named twice stands once. */
export function linesOf({ ready, reasons, impaired }: z.infer<typeof Health>): readonly CheckLine[] {
  const missing = [...new Set([...reasons, ...impaired])];
  if (ready && missing.length === 0) return [{ ok: true, text: 'The server, Redis and MongoDB are ready' }];
  return missing.map((reason) => ({ ok: false, text: sentence(reason), hint: hintFor(reason) }));
}

function hintFor(reason: string): string {
  if (/mongodb/i.test(reason)) return 'See that MongoDB runs and that MONGODB_URL names it.';
  if (/redis|fan-out/i.test(reason)) return 'See that Redis runs and that REDIS_URL names it.';
  return 'This often takes a moment. If it stays, the server’s log says more.';
}

function sentence(reason: string): string {
  return (reason.charAt(0).toUpperCase() + reason.slice(1)).replace(/\.$/, '');
}
