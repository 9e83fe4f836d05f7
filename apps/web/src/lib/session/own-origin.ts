import type { ServerAddress } from '@parley/client';

/** The page's own origin: the api serves the app, so there is never another. */
export const ownOrigin: ServerAddress = { baseUrl: '' };
