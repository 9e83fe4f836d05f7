import { date, documentSchema, text, type CollectionSpec } from '../collection-spec.ts';

export const readModelNames = ['conversations', 'members', 'overlays'] as const;
export type ReadModelName = (typeof readModelNames)[number];

/** @returns whether a collection's name is that of a read model, which a rebuilt copy may stand for. */
export function isReadModel(name: string): name is ReadModelName {
  return readModelNames.some((known) => known === name);
}

/** Which collection is the live one of each read model. A rebuild switches it together with all fences. */
export interface ReadModelPointerDocument {
  _id: 'current';
  conversations: string;
  members: string;
  overlays: string;
  switchedAt: Date;
}

export const readModelPointer: CollectionSpec<ReadModelPointerDocument> = {
  name: 'read_models',
  schema: documentSchema({ _id: text, conversations: text, members: text, overlays: text, switchedAt: date }),
  indexes: [],
};
