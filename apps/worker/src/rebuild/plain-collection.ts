import type { Collection, Db } from 'mongodb';

/** @returns a collection without its documents' type, for what treats all read models alike. */
export function plainCollection(collection: { readonly db: Db; readonly collectionName: string }): Collection {
  return collection.db.collection(collection.collectionName);
}
