import type { SyncedConversation, SyncPage, Withheld } from '@parley/events';
import { isWireEvent } from '../timeline/read-event.ts';

/**
 * A cheap check of a sync page, for thousands of events after an absence: what the reducer stands on. (By its schema a
 * page of 500 events takes some 50 ms; each body is checked by its own schema when it is read.)
 * @returns the page, or undefined if it breaks the protocol.
 */
export function readSyncPage(value: unknown): SyncPage | undefined {
  const page = value as Partial<SyncPage> | null;
  const isPage =
    typeof page === 'object' &&
    page !== null &&
    typeof page.more === 'boolean' &&
    isList(page.gone, (id) => typeof id === 'string') &&
    isList(page.conversations, isSynced);
  return isPage ? (page as SyncPage) : undefined;
}

function isSynced(value: unknown): boolean {
  const synced = value as Partial<SyncedConversation> | null;
  return (
    typeof synced === 'object' &&
    synced !== null &&
    typeof synced.conversationId === 'string' &&
    typeof synced.epoch === 'string' &&
    (synced.shared === undefined || isReach(synced.shared)) &&
    isReach(synced.head) &&
    isReach(synced.archived) &&
    isList(synced.events, isWireEvent) &&
    isList(synced.withheld, isWithheld)
  );
}

function isWithheld(value: unknown): boolean {
  const run = value as Partial<Withheld> | null;
  return typeof run === 'object' && run !== null && isReach(run.from) && isReach(run.to);
}

const isReach = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isList = (value: unknown, isMember: (member: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isMember);
