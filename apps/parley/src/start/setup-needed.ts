import { API, SetupState } from '@parley/events';

/** Asks an api on this machine. @returns whether nobody has set the workspace up yet; undefined when it does not say. */
export async function isSetupNeeded(port: number): Promise<boolean | undefined> {
  try {
    const reply = await fetch(`http://127.0.0.1:${port}${API}/setup`, { signal: AbortSignal.timeout(5_000) });
    return SetupState.parse(await reply.json()).needed;
  } catch {
    return undefined;
  }
}
