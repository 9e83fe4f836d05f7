import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';

export type { Logger } from 'pino';

/** @returns the worker's logger: one JSON line each. A line with `alarm: true` wants somebody's attention. */
export function createLogger(config: Pick<Config, 'logLevel'>): Logger {
  return pino({ level: config.logLevel, base: { app: 'worker', pid: process.pid } });
}
