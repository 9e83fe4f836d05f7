import { API, SetupState } from '@parley/events';

/**
 * Asks an api on this machine.
 * @param host the address that it listens on.
 * @returns whether nobody has set the workspace up yet; undefined when it does not say.
 */
export async function isSetupNeeded(host: string, port: number): Promise<boolean | undefined> {
  try {
    const reply = await fetch(`http://${reachable(host)}:${port}${API}/setup`, { signal: AbortSignal.timeout(5_000) });
    return SetupState.parse(await reply.json()).needed;
  } catch {
    return undefined;
  }
}

/** Who listens on every address is asked on the loopback one. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
