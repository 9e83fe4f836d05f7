import { isRetryable, Refusal, RefusalError } from '@parley/events';

/** @returns an error for everything that kept an answer from arriving: the request may or may not have been done. */
export function unreachable(cause: unknown): RefusalError {
  return new RefusalError(
    { kind: 'unavailable', message: 'The server can’t be reached right now. Parley tries again by itself.' },
    { cause },
  );
}

/** @returns an error for an answer that does not follow the protocol. */
export function garbled(what: string, cause?: unknown): RefusalError {
  return new RefusalError(
    {
      kind: 'internal',
      message: `The server gave an answer to ${what} that this client can’t read. Reload to update.`,
    },
    { cause },
  );
}

/** @returns an error for work that ended because the client was closed. */
export function closed(): RefusalError {
  return new RefusalError({ kind: 'unavailable', message: 'This client was closed. Open it again to go on.' });
}

/** @returns an error for a store that could not take something in. */
export function unsaved(fault: unknown): RefusalError {
  const message = 'This device could not keep the message. Make room on it and send again.';
  return new RefusalError({ kind: 'internal', message }, { cause: fault });
}

/** @returns any fault as a `RefusalError`; what is none already becomes `unavailable`. */
export function asRefusalError(fault: unknown): RefusalError {
  return fault instanceof RefusalError ? fault : unreachable(fault);
}

/** @returns the refusal in an unknown value, or undefined. */
export function readRefusal(value: unknown): Refusal | undefined {
  const read = Refusal.safeParse(value);
  return read.success ? read.data : undefined;
}

/** @returns whether a command that got this refusal stays in line and is sent again. */
export function staysInLine(fault: unknown): boolean {
  const { refusal } = asRefusalError(fault);
  return isRetryable(refusal) || refusal.kind === 'unauthenticated' || refusal.kind === 'upgrade_required';
}
