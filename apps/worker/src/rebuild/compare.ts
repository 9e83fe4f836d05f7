import { createHash } from 'node:crypto';
import { idText, type ReadModelName } from '@parley/read-models';
import { BSON, type ClientSession, type Collection, type Document } from 'mongodb';
import { within } from './position.ts';

/** One document that is not the same in both collections; `live` or `rebuilt` is null where it is missing. */
export interface Difference {
  readonly model: ReadModelName;
  readonly conversationId: string;
  /** The document's _id in hexadecimal. */
  readonly id: string;
  readonly live: string | null;
  readonly rebuilt: string | null;
}

export interface Comparison {
  readonly model: ReadModelName;
  readonly documents: number;
  readonly liveDigest: string;
  readonly rebuiltDigest: string;
  readonly differences: readonly Difference[];
}

interface Side {
  readonly collection: Collection;
  readonly session?: ClientSession;
}

/** @returns both sides' digests over all documents in the order of _id, and each document that differs. */
export async function compare(
  model: ReadModelName,
  sides: { live: Side; rebuilt: Side },
  filter: Document = {},
): Promise<Comparison> {
  const [live, rebuilt] = [canonicalDocuments(sides.live, filter), canonicalDocuments(sides.rebuilt, filter)];
  const digests = [createHash('sha256'), createHash('sha256')] as const;
  const differences: Difference[] = [];
  let documents = 0;
  let [a, b] = await Promise.all([live.next(), rebuilt.next()]);
  while (a.done !== true || b.done !== true) {
    const order = a.done === true ? 1 : b.done === true ? -1 : Buffer.compare(a.value.id, b.value.id);
    const left = order <= 0 && a.done !== true ? a.value : undefined;
    const right = order >= 0 && b.done !== true ? b.value : undefined;
    if (left) digests[0].update(left.text);
    if (right) digests[1].update(right.text);
    if (left?.text !== right?.text) {
      const id = (left ?? right)?.id ?? Buffer.alloc(16);
      const named = { model, conversationId: idText(id), id: id.toString('hex') };
      differences.push({ ...named, live: left?.text ?? null, rebuilt: right?.text ?? null });
    }
    documents += right ? 1 : 0;
    [a, b] = await Promise.all([left ? live.next() : a, right ? rebuilt.next() : b]);
  }
  const [liveDigest, rebuiltDigest] = [digests[0].digest('hex'), digests[1].digest('hex')];
  return { model, documents, liveDigest, rebuiltDigest, differences };
}

async function* canonicalDocuments(side: Side, filter: Document): AsyncGenerator<{ id: Buffer; text: string }> {
  const found = side.collection.find(filter, { ...within(side.session), batchSize: 5_000 }).sort({ _id: 1 });
  for await (const document of found) {
    const id = document._id as unknown as { buffer: Uint8Array };
    yield { id: Buffer.from(id.buffer), text: canonical(document) };
  }
}

/** A document's one text: fields in the order of their names, every type written out. */
function canonical(document: Document): string {
  return BSON.EJSON.stringify(sorted(document), { relaxed: false });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object' || '_bsontype' in value || value instanceof Date) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}
