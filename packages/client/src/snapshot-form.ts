import { ConversationList, HistoryPage, User, z } from '@parley/events';

/**
 * What a client held, to begin with where no server answers yet: the list, names, and the newest rows of what was open.
 * Plain JSON; check it with this schema when it comes from a store, for another version may have written it.
 */
export const Snapshot = z.object({ list: ConversationList, users: z.array(User), pages: z.array(HistoryPage) });
export type Snapshot = z.infer<typeof Snapshot>;
