import { idText, parked, readLineage, takeFence, type Database } from '@parley/read-models';
import type { Fence, ReadModels } from '@parley/read-models';
import type { ConversationId } from '@parley/events';
import type { ClientSession } from 'mongodb';
import { ArchiveHeads } from './archive-head.ts';
import { StoppedError } from './batch.ts';
import { isRefusal } from './bulk-write.ts';
import { epochsOf } from './epochs.ts';
import { switchPause } from './switch-pause.ts';

/** What a held fence allows to remember from run to run. */
export interface Hold {
  fence: Fence;
  /** Conversations of batches of which the log has not been told yet, and when it was told last. */
  readonly unsaid: Set<ConversationId>;
  saidAt: number;
  /** A batch was begun and is not known to be over: its transaction may still be open. */
  isOpen: boolean;
  /** The checkpoint says that the partition stands still. */
  isStopped: boolean;
  readonly heads: ArchiveHeads;
  readonly parked: Map<ConversationId, number>;
  /** How many of them because of what MongoDB refused. */
  refused: number;
  readonly models: ReadModels;
  readonly epochAt: (n: number) => Uint8Array;
}

/**
 * Takes a partition's fence and reads what its holder has to know.
 * @param session the one whose transactions will project.
 * @returns undefined when not now: no epoch was opened yet, or a rebuild has just switched. Rejects with MongoDB away.
 */
export async function takeHold(
  database: Database,
  partition: number,
  session: ClientSession,
): Promise<Hold | undefined> {
  const taken = await takeFence(database, partition, session);
  if (!taken || (await switchPause(database))) return undefined;
  const { isStopped, ...fence } = taken;
  const [lineage, standing, pointer] = await Promise.all([
    readLineage(database, partition),
    database.collection(parked).find({ p: partition }).toArray(),
    database.readPointer(),
  ]);
  return {
    fence,
    unsaid: new Set(),
    saidAt: 0,
    isOpen: false,
    isStopped,
    heads: new ArchiveHeads(database),
    parked: new Map(standing.map(({ _id, seq }) => [idText<ConversationId>(_id), seq])),
    refused: standing.filter(({ reason }) => isRefusal(reason)).length,
    models: database.modelsOf(pointer),
    epochAt: knownEpochs(lineage),
  };
}

/** @returns the epoch of an entry, without which it can't be archived. */
function knownEpochs(lineage: Parameters<typeof epochsOf>[0]): (n: number) => Uint8Array {
  const epochAt = epochsOf(lineage);
  return (n) => {
    const found = epochAt(n);
    if (!found) throw new StoppedError(`No epoch is known for n ${n}.`);
    return found;
  };
}
