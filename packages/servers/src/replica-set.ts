import { MongoClient, MongoServerError, type Db, type Document } from 'mongodb';

import { ServerError } from './server-handle.ts';
import { portAccepts } from './tcp-probe.ts';
import { until } from './until.ts';

export const REPLICA_SET = 'parley';

/** @returns the URL of a single-node replica set on this machine, with the database `parley`. */
export function mongoUrl(port: number): string {
  return `mongodb://127.0.0.1:${port}/parley?replicaSet=${REPLICA_SET}`;
}

/**
 * Makes the mongod on this port the primary of a replica set of one: initiates it the first time, and gives it its new
 * address when it had another port before. Resolves once it takes writes; rejects with `ServerError`.
 * @param running false as soon as the server is gone, which ends the wait.
 */
export async function becomePrimary(port: number, running: () => boolean, withinMs = 60_000): Promise<void> {
  const step = async (): Promise<'up' | 'gone' | undefined> => {
    if (!running()) return 'gone';
    // A client whose first connection is refused is closed for good: so none before the port is open.
    return (await portAccepts(port)) && (await isPrimary(port)) ? 'up' : undefined;
  };
  if ((await until(step, withinMs, 10)) !== 'up') {
    throw new ServerError(`mongod on port ${port} did not become the primary of its replica set.`);
  }
}

/** Does what the server's state asks for. @returns whether it is primary within some seconds. */
async function isPrimary(port: number): Promise<boolean> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 2_000,
  });
  try {
    const admin = client.db('admin');
    return (await until(async () => ((await look(admin, port)) ? true : undefined), 10_000)) ?? false;
  } catch {
    return false; // it went away, or was still busy starting
  } finally {
    await client.close();
  }
}

/** One look at the server, and what has to be done about what it says. @returns whether it is primary. */
async function look(admin: Db, port: number): Promise<boolean> {
  const state = await admin.command({ hello: 1 });
  if (state.isWritablePrimary === true) return true;
  if (state.isreplicaset === true) await initiate(admin, port);
  return false;
}

/** `isreplicaset` without a set's name: there is no config, or a config in which this address does not occur. */
async function initiate(admin: Db, port: number): Promise<void> {
  const member = { _id: 0, host: `127.0.0.1:${port}` };
  try {
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [member] } });
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.codeName !== 'AlreadyInitialized') throw error;
    const { config } = (await admin.command({ replSetGetConfig: 1 })) as { config: Document & { version: number } };
    const moved = { ...config, version: config.version + 1, members: [member] };
    await admin.command({ replSetReconfig: moved, force: true });
  }
}
