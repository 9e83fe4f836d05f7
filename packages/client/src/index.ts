import type { Session } from '@parley/events';
import type { ChatClient } from './chat-client.ts';
import type { Transport } from './connection/connection.ts';
import type { ServerAddress } from './http.ts';
import { MemoryOutboxStore } from './outbox/memory-store.ts';
import type { OutboxStore } from './outbox/outbox-store.ts';
import type { Snapshot } from './snapshot-form.ts';
import { unshared, type OutboxSharing } from './outbox/sharing.ts';
import { ParleyClient } from './parley-client.ts';
import { plainSurroundings, type Surroundings } from './surroundings.ts';

export { backOff } from './back-off.ts';
export type * from './chat-client.ts';
export type { Transport } from './connection/connection.ts';
export type { ServerAddress } from './http.ts';
export { MemoryOutboxStore } from './outbox/memory-store.ts';
export type { NewEntry, OutboxEntry } from './outbox/outbox-entry.ts';
export type { OutboxStore } from './outbox/outbox-store.ts';
export type { OutboxNews, OutboxSharing } from './outbox/sharing.ts';
export { resume, setup, setupNeeded, signIn, signUp, viewInvite } from './session.ts';
export { Snapshot } from './snapshot-form.ts';
export type { Surroundings } from './surroundings.ts';

/**
 * `session`: as `signIn` and its kind return it. `store`: where the outbox is kept, in memory by default. `onSession`
 * hears of renewed tokens: a headless program keeps the refresh token there. `snapshot`: what this person held at an
 * earlier visit, to begin with.
 */
export interface ChatClientOptions {
  readonly server: ServerAddress;
  readonly session: Session;
  readonly store?: OutboxStore;
  readonly sharing?: OutboxSharing;
  readonly surroundings?: Surroundings;
  readonly transport?: Transport;
  readonly onSession?: (session: Session) => void;
  readonly snapshot?: Snapshot;
}

/**
 * Opens a chat for a signed-in person and begins to connect.
 * @returns the client as soon as its outbox is read; it may not be online yet.
 */
export function createChatClient(options: ChatClientOptions): Promise<ChatClient> {
  const client = new ParleyClient({
    server: options.server,
    session: options.session,
    store: options.store ?? new MemoryOutboxStore(),
    sharing: options.sharing ?? unshared(),
    surroundings: options.surroundings ?? plainSurroundings,
    transport: options.transport ?? 'auto',
    ...(options.onSession && { onSession: options.onSession }),
  });
  return client.start(options.snapshot);
}
