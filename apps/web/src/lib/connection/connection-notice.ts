import type { ConnectionState } from '@parley/client';

/** Short interruptions heal by themselves; only longer ones are worth a line. */
export const SILENT_MS = 3_000;

export interface ConnectionNotice {
  readonly text: string;
  readonly retry: boolean;
}

/** @returns what the bar above every screen says, or null while there is nothing to say. */
export function connectionNotice(connection: ConnectionState, now: number): ConnectionNotice | null {
  switch (connection.state) {
    case 'online':
    case 'signed-out':
      return null;
    case 'offline':
      return { text: 'You are offline. What you write is kept here and sent when the network is back.', retry: false };
    case 'connecting':
      return now - connection.since < SILENT_MS ? null : { text: 'Connecting…', retry: false };
    case 'waiting': {
      if (now - connection.since < SILENT_MS) return null;
      const seconds = Math.max(1, Math.ceil((connection.retryAt - now) / 1_000));
      return { text: `${sentence(connection.cause)} Trying again in ${seconds} s.`, retry: true };
    }
  }
}

function sentence(cause: string): string {
  const text = cause.trim() || 'The server can’t be reached';
  return /[.?!…]$/u.test(text) ? text : `${text}.`;
}
