import { RefusalError } from '@parley/events';

/** @returns a sentence for people about anything that was thrown at what they asked for themselves. */
export function refusalMessage(fault: unknown): string {
  if (!(fault instanceof RefusalError)) return 'Something went wrong in this page. Load it again, then try again.';
  return hasNoAnswer(fault)
    ? 'The server can’t be reached right now. Check the network, then try again.'
    : fault.refusal.message;
}

/** The client's own word for it says that it tries again by itself: it does so for what it keeps, for a form it does not. */
function hasNoAnswer({ refusal, cause }: RefusalError): boolean {
  return refusal.kind === 'unavailable' && cause !== undefined;
}
