import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import type { ConversationId } from '@parley/events';

/**
 * Goes to a conversation as soon as it is there.
 * @param left whoever wanted to go has left: then nobody is taken anywhere.
 * @param before called just before one goes.
 */
export async function goToConversation(
  reached: Promise<ConversationId>,
  left: AbortSignal,
  before: () => void = () => undefined,
): Promise<void> {
  const id = await reached;
  left.throwIfAborted();
  before();
  await goto(resolve('/(signed-in)/c/[id]', { id }));
}
