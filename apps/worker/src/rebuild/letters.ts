import { deadLetters, type Database } from '@parley/read-models';

/** What dead letters tell of holes that the log itself had. */
export interface Letters {
  /** `conversation:seq`, the former in hexadecimal, of those that could be told. */
  readonly seqs: ReadonlySet<string>;
  /** `pNN:n` of all. */
  readonly places: ReadonlySet<string>;
}

/** @returns the places of all dead letters. Rejects when MongoDB is away. */
export async function readLetters(database: Database): Promise<Letters> {
  const found = database.collection(deadLetters).find({}, { projection: { conversation: 1, seq: 1 } });
  const [seqs, places] = [new Set<string>(), new Set<string>()];
  for await (const { _id, conversation, seq } of found) {
    places.add(_id);
    if (conversation) seqs.add(`${conversation.toString('hex')}:${seq ?? 0}`);
  }
  return { seqs, places };
}
