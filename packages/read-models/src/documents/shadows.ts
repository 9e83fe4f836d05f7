import { date, documentSchema, text, type CollectionSpec } from '../collection-spec.ts';

/** A rebuild under way: while this stands, nobody drops the copies of read models that it fills. */
export interface ShadowDocument {
  /** What the names of its copies end in. */
  _id: string;
  /** Put off as long as the rebuild's process lives. */
  until: Date;
}

export const shadows: CollectionSpec<ShadowDocument> = {
  name: 'shadows',
  schema: documentSchema({ _id: text, until: date }),
  indexes: [],
};
