/** The programs of each server, best first. */
export const PROGRAMS = { redis: ['redis-server', 'valkey-server'], mongodb: ['mongod'] } as const;

/** The one that a pinned package carries. */
export const FETCHED = { redis: 'valkey-server', mongodb: 'mongod' } as const;

/** The oldest major version of each that Parley works with. */
export const OLDEST = { redis: 7, mongodb: 6 } as const;
