import { checkLogServer, LogServerError } from '@parley/events/log';
import { redactUrl, ServerError } from '@parley/servers';

/**
 * Checks that a Redis may hold the log, by the log's own rule. Resolves when it may; rejects with a `ServerError` that says
 * what to do.
 * @param acceptLoss the operator has named the loss.
 */
export async function verifyLog(url: string, acceptLoss: boolean): Promise<void> {
  try {
    await checkLogServer(url, acceptLoss);
  } catch (error) {
    const name = `The Redis at ${redactUrl(url)}`;
    if (error instanceof LogServerError) {
      throw new ServerError(`${name} can't hold the log. ${error.message}`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    const way = 'Start it, or take REDIS_URL away and Parley brings its own.';
    throw new ServerError(`${name} can't be used (${reason}). ${way}`, { cause: error });
  }
}
