import { ConfigError } from '@parley/events/environment';
import { App } from './app.ts';
import { readConfig, type Config } from './config.ts';
import { createLogger } from './logger.ts';

/** A worker that cannot finish within this time leaves the rest to its successor: the checkpoint says where. */
const DRAIN_MS = 9_000;

const ended = new AbortController();

/** Handlers first: a signal may come while the worker still waits for MongoDB. */
const stopped = new Promise<void>((resolve) => {
  const end = (): void => {
    ended.abort();
    resolve();
  };
  // Without a channel nobody is left who could stop this process.
  process.once('SIGTERM', end).once('SIGINT', end).once('disconnect', end);
});

async function work(config: Config): Promise<void> {
  const logger = createLogger(config);
  try {
    const app = await App.start(config, logger, ended.signal);
    process.send?.({ kind: 'ready' });
    logger.info('The worker is ready.');
    await stopped;
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    await app[Symbol.asyncDispose]();
  } catch (error) {
    if (ended.signal.aborted) return;
    logger.fatal({ err: error }, 'The worker could not start.');
    process.exitCode = 1;
  }
}

try {
  await work(readConfig(process.env));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
