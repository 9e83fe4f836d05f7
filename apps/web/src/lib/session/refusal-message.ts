import { RefusalError } from '@parley/events';

/** @returns a sentence for people about anything that was thrown. */
export function refusalMessage(fault: unknown): string {
  if (fault instanceof RefusalError) return fault.refusal.message;
  return 'Something went wrong in this page. Reload it and try again.';
}
