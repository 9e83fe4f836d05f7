import type { CollectionSpec } from './collection-spec.ts';
import { intents, invites, sessions, users, workspace } from './documents/accounts.ts';
import { archiveHeads } from './documents/archive-heads.ts';
import { checkpoints } from './documents/checkpoints.ts';
import { conversations } from './documents/conversations.ts';
import { deadLetters } from './documents/dead-letters.ts';
import { events } from './documents/events.ts';
import { lineage } from './documents/lineage.ts';
import { marks } from './documents/marks.ts';
import { members } from './documents/members.ts';
import { overlays } from './documents/overlays.ts';
import { parked } from './documents/parked.ts';
import { rawEntries } from './documents/raw-entries.ts';
import { readModelPointer } from './documents/read-model-pointer.ts';
import { shadows } from './documents/shadows.ts';

type AnySpec = Omit<CollectionSpec<object>, 'shape'>;

/** Every collection that Parley keeps. */
export const allCollections: readonly AnySpec[] = [
  events,
  archiveHeads,
  rawEntries,
  conversations,
  members,
  overlays,
  marks,
  checkpoints,
  lineage,
  parked,
  deadLetters,
  readModelPointer,
  shadows,
  users,
  sessions,
  invites,
  intents,
  workspace,
];
