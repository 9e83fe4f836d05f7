import type { MessageChange } from '@parley/events';
import { isMessageChange } from '@parley/events';
import { changeKey, eventKey, idBinary, overlays, type OverlayDocument } from '@parley/read-models';
import type { Update } from '../projector/bulk-write.ts';
import { resetOf, type Changes, type ProjectedEvent, type Projection } from './projection.ts';

/** History is the archive plus this: which events changed which message. Their content stays in the archive. */
export const messageOverlay: Projection = {
  name: 'overlays',
  version: 1,
  handles: new Set(['message.edited', 'message.deleted', 'reaction.added', 'reaction.removed']),
  begin: () => new OverlayChanges(),
  reset: resetOf(overlays),
};

const letters = {
  'message.edited': 'e',
  'message.deleted': 'd',
  'reaction.added': '+',
  'reaction.removed': '-',
} as const;

class OverlayChanges implements Changes {
  readonly #documents: OverlayDocument[] = [];

  async prepare(): Promise<void> {
    // A change stands by itself.
  }

  apply({ entry, decoded }: ProjectedEvent): void {
    if (!decoded || !isMessageChange(decoded)) return;
    const target = decoded.body.target.seq;
    if (target >= entry.seq) throw new Error(`It changes seq ${target}, which does not come before it.`);
    this.#documents.push({
      _id: changeKey(entry.conversationId, target, entry.seq),
      c: letters[decoded.type],
      u: idBinary(entry.actor.userId),
      a: entry.at,
      ...detailOf(decoded),
    });
  }

  updates(): Update[] {
    return this.#documents.map(({ _id, ...fields }) => ({ q: { _id }, u: { $set: fields }, upsert: true }));
  }
}

function detailOf(change: MessageChange): Partial<OverlayDocument> {
  if (change.type === 'message.deleted') return { x: eventKey(change.conversationId, change.body.target.seq) };
  if (change.type === 'message.edited') return {};
  const { reaction } = change.body;
  return 'emoji' in reaction ? { r: reaction.emoji } : { g: reaction.tag };
}
