import { z } from './z.ts';

/**
 * Every refusal that Parley gives, with its HTTP status and whether the same request may succeed later.
 * `not_found` is also the answer for what one may not know of. `waiting`: an earlier command of the same batch is
 * undecided; send again in order. `last_owner`: a group or channel would be without an owner. `not_ready`: this node is starting or has lost touch; another may serve.
 */
export const errorKinds = {
  invalid: { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  not_found: { status: 404, retryable: false },
  conflict: { status: 409, retryable: false },
  last_owner: { status: 409, retryable: false },
  stale_target: { status: 409, retryable: false },
  too_large: { status: 413, retryable: false },
  upgrade_required: { status: 426, retryable: false },
  rate_limited: { status: 429, retryable: true },
  internal: { status: 500, retryable: true },
  unavailable: { status: 503, retryable: true },
  log_full: { status: 503, retryable: true },
  waiting: { status: 503, retryable: true },
  not_ready: { status: 503, retryable: true },
} as const;

export type ErrorKind = keyof typeof errorKinds;
export const ErrorKind = z.enum(Object.keys(errorKinds) as [ErrorKind, ...ErrorKind[]]);

/** A refusal as data. `message` is one plain sentence that says what to do next; it never carries detail of a fault. */
export const Refusal = z.strictObject({
  kind: ErrorKind,
  message: z.string(),
  retryAfterMs: z.int().min(0).optional(),
});
export type Refusal = z.infer<typeof Refusal>;

/** A refusal on its way through code that throws. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(`${refusal.kind}: ${refusal.message}`, options);
    this.refusal = refusal;
  }
}

/** @returns whether the same request may succeed later. */
export function isRetryable(refusal: Refusal): boolean {
  return errorKinds[refusal.kind].retryable;
}
