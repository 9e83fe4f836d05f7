import type { LogBatch } from '@parley/events/log';
import { MOST_BYTES } from './bulk-write.ts';

type Entries = LogBatch['entries'];

/** @returns the first entries, as many as one transaction can carry, and at least one. */
export function withinBytes(entries: Entries): Entries {
  let size = 0;
  const end = entries.findIndex((entry) => (size += bytesOf(entry)) > MOST_BYTES);
  return end < 0 ? entries : entries.slice(0, Math.max(end, 1));
}

function bytesOf(entry: Entries[number]): number {
  if (!('unreadable' in entry)) return entry.content.length;
  return Object.values(entry.fields).reduce((sum, field) => sum + field.length, 0);
}
