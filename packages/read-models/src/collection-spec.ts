import type { Collection, CreateCollectionOptions, Db, Document, IndexDescription } from 'mongodb';

/** A MongoDB `$jsonSchema`, as far as Parley uses it. */
export interface Schema {
  readonly bsonType?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** A collection with everything that keeps it right. `Shape` is the document's type. */
export interface CollectionSpec<Shape extends Document> {
  readonly name: string;
  readonly schema: Schema;
  readonly indexes: readonly IndexDescription[];
  readonly options?: CreateCollectionOptions;
  /** Only carries the type. */
  readonly shape?: Shape;
}

/** @returns the collection of a spec, under its own name or the name of a rebuilt copy. */
export function collectionOf<Shape extends Document>(
  db: Db,
  spec: CollectionSpec<Shape>,
  name = spec.name,
): Collection<Shape> {
  return db.collection<Shape>(name);
}

export const uuid: Schema = { bsonType: 'binData' };
export const bytes: Schema = { bsonType: 'binData' };
export const text: Schema = { bsonType: 'string' };
export const count: Schema = { bsonType: 'number', minimum: 0 };
export const seq: Schema = { bsonType: 'number', minimum: 1 };
export const date: Schema = { bsonType: 'date' };
export const epochText: Schema = { bsonType: 'string', pattern: '^[0-9a-f]{16}$' };

/** @returns a schema of exactly these fields; those in `optional` may be missing. */
export function documentSchema(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    bsonType: 'object',
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}
