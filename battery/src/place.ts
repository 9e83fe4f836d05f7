import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as client from '@parley/client';
import { endTraced } from './traced.ts';
import { ephemeralMongo, ephemeralRedis, type ServerHandle } from '@parley/servers';
import { startStack, unlimited, type Stack } from '@parley/stack';
import { Redis } from 'ioredis';
import type { Control, Topology } from './battery-case.ts';
import type { ClientLibrary, Door } from './crowd.ts';
import { controlLinks } from './link-control.ts';
import { openLinks, type Links } from './links.ts';
import { mutatedTree } from './mutated-tree.ts';
import { ExceptionWatch } from './exception-watch.ts';
import type { Recorder } from './record.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { WireTap } from './wire-tap.ts';

/** Servers and processes of one run, with a breakable link in front of each server and of the api nodes. */
export interface Place extends AsyncDisposable {
  readonly stack: Stack;
  /** The log's. */
  readonly redis: ServerHandle;
  readonly jobs: ServerHandle;
  readonly mongo: ServerHandle;
  readonly links: Links;
  /** Between the clients and the api nodes. */
  readonly front: TcpProxy;
  readonly tap: WireTap;
  readonly folder: string;
  readonly door: Door;
}

export interface PlaceOptions {
  readonly topology: Topology;
  /** Whose protection is off, if any. */
  readonly control: Control | null;
  readonly recorder: Recorder;
  /** Where links can be broken by hand; null for nowhere. */
  readonly linksPort: number | null;
}

/** Starts everything. Disposing of the place ends all of it. */
export async function openPlace({ topology, control, recorder, linksPort }: PlaceOptions): Promise<Place> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'parley-battery-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const mutated = control?.mutations ? await mutatedTree(control.mutations) : null;
  if (mutated) undo.defer(mutated.remove);
  const servers = await openServers(topology, folder, undo);
  const links = await openLinks(servers, undo);
  if (linksPort !== null) undo.adopt(await controlLinks(links.byName, linksPort), (server) => void server.close());
  const stack = await startStack({
    ...{ apis: topology.apis, workers: topology.workers, redis: servers.redis, mongo: servers.mongo },
    envOf: { api: { ...links.envOf('api'), ...(await latenessEnv(topology, folder)) }, worker: links.envOf('worker') },
    watch: undo.use(new ExceptionWatch(recorder)),
    // A few people stand for a whole workspace.
    env: { ...unlimited, ...topology.env },
    ...(mutated && { tree: mutated.tree }),
  });
  undo.defer(() => stack.close());
  const tap = new WireTap(recorder);
  const front = undo.adopt(await TcpProxy.start(nodesInTurn(stack), 0, () => tap.connection()), (link) => link.close());
  const address = { baseUrl: `http://127.0.0.1:${front.port}`, headless: true, timeoutMs: 10_000 };
  const door = { address, library: await libraryOf(mutated?.tree) };
  const kept = undo.move();
  const dispose = (): Promise<void> => kept.disposeAsync();
  return { stack, ...servers, links, front, tap, folder, door, [Symbol.asyncDispose]: dispose };
}

/** Where api nodes write how late their event loops are, in the folder of a run. */
export const latenessFolder = (folder: string): string => join(folder, 'lateness');

async function latenessEnv({ lateness }: Topology, folder: string): Promise<Record<string, string>> {
  if (lateness !== true) return {};
  await mkdir(latenessFolder(folder));
  const program = new URL('./loop-lateness.ts', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${program}`, PARLEY_LATENESS: latenessFolder(folder) };
}

interface Servers {
  readonly redis: ServerHandle;
  readonly jobs: ServerHandle;
  readonly mongo: ServerHandle;
}

async function openServers(topology: Topology, folder: string, undo: AsyncDisposableStack): Promise<Servers> {
  const redisUnder = topology.redisUnder?.(folder);
  const mongoUnder = topology.mongoUnder?.(folder);
  const settings = topology.redisSettings ?? {};
  const redis = undo.adopt(await ephemeralRedis({ ...(redisUnder && { under: redisUnder }), settings }), endRedis);
  const jobs = undo.adopt(await ephemeralRedis(), endRedis);
  const mongo = await ephemeralMongo({ ...(mongoUnder && { under: mongoUnder }) });
  undo.defer(() => (mongoUnder ? endTraced(mongo) : mongo.stop()));
  return { redis, jobs, mongo };
}

/** Asked to end by itself first: killing a tracer above it would leave the server running. */
async function endRedis(server: ServerHandle): Promise<void> {
  const redis = new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => undefined);
  await redis.shutdown('NOSAVE').catch(() => undefined);
  redis.disconnect();
  await server.stop();
}

/** @returns a choice of the api nodes that run, one after the other: what a load balancer does. */
function nodesInTurn(stack: Stack): () => { port: number } {
  let turn = 0;
  return () => {
    const running = stack.apis.filter((api) => api.process.running);
    turn += 1;
    const node = running[turn % running.length] ?? stack.apis[0];
    return { port: Number(new URL(node?.url ?? 'http://127.0.0.1:9').port) };
  };
}

async function libraryOf(tree: string | undefined): Promise<ClientLibrary> {
  if (tree === undefined) return client;
  return (await import(join(tree, 'packages/client/src/index.ts'))) as ClientLibrary;
}
