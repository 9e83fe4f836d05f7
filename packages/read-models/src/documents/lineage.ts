import { count, date, documentSchema, epochText, seq, text, type CollectionSpec } from '../collection-spec.ts';

/** One run of the log's server as one partition saw it: the epoch that began with it, and where. */
export interface LineageDocument {
  /** `pNN:runId` */
  _id: string;
  p: number;
  run: string;
  epoch: string;
  /** The last n before the epoch began. */
  began: number;
  /** 1 for the partition's first epoch, 2 for the next. */
  order: number;
  at: Date;
}

export const lineage: CollectionSpec<LineageDocument> = {
  name: 'lineage',
  schema: documentSchema({ _id: text, p: count, run: text, epoch: epochText, began: count, order: seq, at: date }),
  indexes: [
    { key: { p: 1, order: 1 }, name: 'order', unique: true },
    { key: { p: 1, run: 1 }, name: 'run', unique: true },
  ],
};
