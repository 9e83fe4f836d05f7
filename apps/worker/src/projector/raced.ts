import { MongoServerError } from 'mongodb';

/** MongoDB's code for what was ended from outside: here by `killSessions`, with which the next holder begins. */
const INTERRUPTED = 11_601;

/** @returns whether a transaction failed only because another one wrote what it wanted to write, or ended it. */
export function isRaced(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  return error.code === INTERRUPTED || error.hasErrorLabel('TransientTransactionError');
}
