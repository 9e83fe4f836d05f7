import { ConfigError } from '@parley/events/environment';
import { LogServerError } from '@parley/events/log';
import { App } from './app.ts';
import { readConfig, type Config } from './config.ts';
import { createLogger } from './logger.ts';

/** Longer than any drain takes, shorter than the supervisor's patience. */
const LAST_RESORT_MS = 9_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger();
  const app = await App.listen(config, logger).catch((error: unknown) => explainPort(error, config));
  const stop = (): void => {
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    app[Symbol.asyncDispose]().catch((error: unknown) => {
      logger.error({ error }, 'the node did not stop cleanly');
      process.exitCode = 1;
    });
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  // Whoever started this one is gone, and nobody could stop it any more. Listening alone must not keep it alive.
  process.once('disconnect', stop);
  process.channel?.unref();
  try {
    if (await app.ready()) process.send?.({ kind: 'ready' });
  } catch (error) {
    await app[Symbol.asyncDispose]();
    throw error;
  }
}

function explainPort(error: unknown, config: Config): never {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    throw new ConfigError(`PORT ${config.port} is taken by another program; choose another one.`);
  }
  throw error;
}

main().catch((error: unknown) => {
  const told = error instanceof ConfigError || error instanceof LogServerError;
  process.stderr.write(
    told ? `${error.message}\n` : `${error instanceof Error ? String(error.stack) : String(error)}\n`,
  );
  process.exitCode = 1;
});
