import { Session, z } from '@parley/events';
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { ChatClient } from './chat-client.ts';
import { Snapshot } from './snapshot-form.ts';

/** Who was signed in last in this browser and what they saw: without tokens, which only the cookie brings back. */
export const Kept = z.object({ session: Session, snapshot: Snapshot });
export type Kept = z.infer<typeof Kept>;

interface KeptDatabase extends DBSchema {
  kept: { key: string; value: unknown };
}

const NAME = 'parley-kept';
const KEY = 'last';

/** @returns what was kept last; null when there is none, when this build can't read it, or storage is blocked. */
export async function recall(): Promise<Kept | null> {
  const value = await withDatabase((database) => database.get('kept', KEY)).catch(() => undefined);
  return Kept.safeParse(value).data ?? null;
}

/** At most this often, for a busy client changes all the time. */
const EVERY_MS = 1_000;

/**
 * Keeps what a person sees for a visit without a server, shortly after each change, their tokens left out.
 * @returns how to stop.
 */
export function keepUp(client: ChatClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = (): void => {
    timer = undefined;
    // Storage that is full or blocked costs the visit without a server, nothing else.
    if (client.connection.state !== 'signed-out') void keep(client.session, client.snapshot()).catch(() => undefined);
  };
  const stop = client.on('conversations', () => (timer ??= setTimeout(write, EVERY_MS)));
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** Wipes it: to be called when the person signs out. */
export async function forget(): Promise<void> {
  await withDatabase((database) => database.clear('kept')).catch(() => undefined);
}

async function keep({ user, deviceId, workspace }: Session, snapshot: Snapshot): Promise<void> {
  const kept: Kept = { session: { user, deviceId, workspace, accessToken: '', accessExpiresAt: 0 }, snapshot };
  await withDatabase((database) => database.put('kept', kept, KEY));
}

async function withDatabase<T>(work: (database: IDBPDatabase<KeptDatabase>) => Promise<T>): Promise<T> {
  const database = await openDB<KeptDatabase>(NAME, 1, {
    upgrade: (created) => void created.createObjectStore('kept'),
  });
  try {
    return await work(database);
  } finally {
    database.close();
  }
}
