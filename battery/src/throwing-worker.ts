import { deadLetters, idText, openDatabase } from '@parley/read-models';
import { AppProcess } from '@parley/stack';
import type { ConversationId } from '@parley/events';
import { fault, seconds, until, type Field, type Figures } from './field.ts';
import { mutatedTree } from './mutated-tree.ts';
import { untilProjected } from './stores.ts';

/** A text that the planted fault cannot stand. */
const unbearable = 'this text breaks the projector';

const plantedFault = {
  file: 'apps/worker/src/projector/apply-events.ts',
  find: '      projections.forEach((projection, at) => {\n',
  replace: `      if (Reflect.get(event.entry, 'body').includes('${unbearable}')) throw new Error('a planted fault');
      projections.forEach((projection, at) => {\n`,
};

/**
 * A projector that throws for one event: a worker with a fault planted in it takes over from all others. Once a sound one
 * is back, the event is replayed as an operator would have it replayed.
 */
export async function throwForOneEvent(field: Field, conversationId: ConversationId): Promise<Figures> {
  const { tree, remove } = await mutatedTree([plantedFault]);
  const { stack, links } = field;
  const env = { ...stack.env, ...links.envOf('worker') };
  const broken = new AppProcess({ role: 'worker', env, tree });
  try {
    return await fault(field, 'a projector that throws for one event', async () => {
      await Promise.all(stack.workers.map((worker) => worker.kill('SIGTERM')));
      await broken.start();
      await field.crowd.senders[0]?.client.send(conversationId, { suite: 'none', text: unbearable });
      await until('the event is a dead letter', 60_000, () => isOpen(field, conversationId));
      const throwLagMs = await untilProjected(field, 60_000);
      await seconds(field, 2);
      await broken.kill('SIGTERM');
      await Promise.all(stack.workers.map((worker) => worker.start()));
      await askReplay(field, conversationId);
      const whole = async (): Promise<boolean> => !(await isOpen(field, conversationId));
      return { throwLagMs, replayedAfterMs: Math.round(await until('it is replayed', 60_000, whole)) };
    });
  } finally {
    await broken.kill();
    await remove();
  }
}

async function isOpen(field: Field, conversationId: ConversationId): Promise<boolean> {
  await using database = openDatabase(field.mongo.url);
  const open = await database
    .collection(deadLetters)
    .find({ resolvedAt: { $exists: false } })
    .toArray();
  return open.some(({ conversation }) => conversation && idText<ConversationId>(conversation) === conversationId);
}

/** What `parley dead-letters replay` does. */
async function askReplay(field: Field, conversationId: ConversationId): Promise<void> {
  await using database = openDatabase(field.mongo.url);
  const letters = database.collection(deadLetters);
  for (const { _id, conversation } of await letters.find().toArray())
    if (conversation && idText<ConversationId>(conversation) === conversationId)
      await letters.updateOne({ _id }, { $set: { replayAskedAt: new Date() } });
}
