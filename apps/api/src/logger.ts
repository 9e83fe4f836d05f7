import { pino, type Logger as PinoLogger } from 'pino';

/**
 * All that a log line may say. There is no field for a body, a token, a name or a header, so none can slip in: what is
 * not listed here is dropped.
 */
export interface LogFields {
  readonly requestId?: string;
  readonly route?: string;
  readonly request?: string;
  readonly refused?: string | undefined;
  readonly status?: number;
  readonly ms?: number;
  readonly kind?: string;
  readonly userId?: string;
  readonly deviceId?: string;
  readonly conversationId?: string;
  readonly commandId?: string;
  readonly partition?: number;
  readonly count?: number;
  readonly holes?: number;
  readonly port?: number;
  readonly reasons?: readonly string[];
  readonly error?: unknown;
}

/** Writes one line; the fields may be left out. */
interface LogLine {
  (fields: LogFields, message: string): void;
  (message: string): void;
}

export interface Logger {
  readonly trace: LogLine;
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

const allowed = new Set<string>([
  'requestId',
  'route',
  'request',
  'refused',
  'status',
  'ms',
  'kind',
  'userId',
  'deviceId',
  'conversationId',
  'commandId',
  'partition',
  'count',
  'holes',
  'port',
  'reasons',
  'error',
]);

/** @returns the api's logger: JSON lines, made of allowed fields only. */
export function createLogger(destination?: { write(line: string): void }): Logger {
  const options = {
    level: 'info',
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }), log: allowedFields },
  };
  const logger: PinoLogger = destination ? pino(options, destination) : pino(options);
  return logger;
}

function allowedFields(fields: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(fields).filter(([name]) => allowed.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, name === 'error' ? faultOf(value) : value]));
}

/**
 * What may be told of a fault. The text of a driver's error can quote what somebody wrote (a duplicate key names the
 * key), so only errors of the network and of our own refusals keep their text.
 */
function faultOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack = '' } = error;
  const code = 'code' in error ? error.code : undefined;
  const telling = 'syscall' in error || name === 'RefusalError' || name === 'ConfigError';
  const at = stack.split('\n').filter((line) => line.startsWith('    at '));
  return { name, code, ...(telling ? { message: error.message } : {}), at: at.slice(0, 8).map((line) => line.trim()) };
}
