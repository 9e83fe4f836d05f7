/** The programs of each server, best first. */
export const PROGRAMS = { redis: ['redis-server', 'valkey-server'], mongodb: ['mongod'] } as const;

/** The one that a pinned package carries. */
export const FETCHED = { redis: 'valkey-server', mongodb: 'mongod' } as const;
