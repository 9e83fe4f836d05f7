import type { Binary } from 'mongodb';
import { bytes, count, documentSchema, epochText, text, type CollectionSpec } from '../collection-spec.ts';

/** How far a partition is projected, and who may go on: only the run that took the fence last. */
export interface CheckpointDocument {
  /** Partition. */
  _id: number;
  fence: number;
  epoch: string;
  /** Last projected place in the partition's log. */
  n: number;
  /** MongoDB session of the run that holds the fence, while it runs: its successor ends what it left open. */
  session?: Binary;
  /** Why the partition stands still, until it goes on. */
  stopped?: string;
}

export const checkpoints: CollectionSpec<CheckpointDocument> = {
  name: 'checkpoints',
  schema: documentSchema({ _id: count, fence: count, epoch: epochText, n: count }, { session: bytes, stopped: text }),
  indexes: [],
};
