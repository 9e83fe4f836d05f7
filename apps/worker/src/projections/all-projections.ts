import { conversationList } from './conversation-list.ts';
import { memberList } from './members.ts';
import { messageOverlay } from './message-overlay.ts';
import type { Projection } from './projection.ts';

/** Every read model that is a fold of the log. The archive is not among them: it is what they are folded from. */
export const allProjections: readonly Projection[] = [conversationList, memberList, messageOverlay];
