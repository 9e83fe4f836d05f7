import { ephemeralMongo, ephemeralRedis, type ServerHandle } from '@parley/servers';
import type { Baseline } from '../goal.ts';
import type { Round } from '../load/load.ts';
import { usualCrowd, type System } from '../load/member.ts';
import { median } from '../load/quantile.ts';
import { untilQuiet } from '../load/quiet.ts';
import { startCentrifuge } from '../systems/centrifuge.ts';
import { startParley } from '../systems/parley.ts';
import { startSocketIo } from '../systems/socket-io.ts';

export type Contestant = 'parley' | 'parleyWithWorker' | Baseline;

const rounds = 3;

/**
 * Starts all systems side by side, each with a Redis (AOF on every write) and a MongoDB of its own, and lets them take
 * turns, so that whatever the machine does besides hits all of them alike.
 * @param measure one round of one system.
 * @returns each system's rounds.
 */
export async function contest(
  measure: (system: System) => Promise<Round>,
): Promise<ReadonlyMap<Contestant, readonly Round[]>> {
  const results = new Map<Contestant, Round[]>();
  await using systems = await startAll();
  for (let round = 0; round < rounds; round += 1)
    for (const [name, system] of systems.running) {
      await untilQuiet([...systems.pids()]);
      const measured = await measure(system);
      results.set(name, [...(results.get(name) ?? []), measured]);
      console.error(`round ${round + 1}  ${system.name}: ${JSON.stringify(measured)}`);
    }
  return results;
}

/** @returns the median of one figure over a system's rounds; NaN for a system that did not run. */
export function medianOf(
  results: ReadonlyMap<Contestant, readonly Round[]>,
  name: Contestant,
  figure: 'ackedPerSecond' | 'p50' | 'p99',
): number {
  return median((results.get(name) ?? []).map((round) => round[figure]));
}

interface Running extends AsyncDisposable {
  readonly running: ReadonlyMap<Contestant, System>;
  pids(): number[];
}

async function startAll(): Promise<Running> {
  await using undo = new AsyncDisposableStack();
  const running = new Map<Contestant, System>();
  const servers: ServerHandle[] = [];
  const redis = async (): Promise<ServerHandle> => {
    const server = undo.adopt(await ephemeralRedis({ settings: { maxmemory: '2gb' } }), (one) => one.stop());
    servers.push(server);
    return server;
  };
  const mongo = async (): Promise<ServerHandle> => {
    const server = undo.adopt(await ephemeralMongo(), (one) => one.stop());
    servers.push(server);
    return server;
  };
  const add = (name: Contestant, system: System | null): void => {
    if (system)
      running.set(
        name,
        undo.adopt(system, (one) => one.stop()),
      );
  };
  add('parley', await startParley(await redis(), await mongo(), usualCrowd, 0));
  add('parleyWithWorker', await startParley(await redis(), await mongo(), usualCrowd, 1));
  const [baselineRedis, baselineMongo] = [await redis(), await mongo()];
  add('a', await startSocketIo(baselineRedis, baselineMongo, true));
  add('b', await startSocketIo(baselineRedis, baselineMongo, false));
  add('c', await startCentrifuge(baselineRedis));
  const kept = undo.move();
  return {
    running,
    pids: () => [...[...running.values()].flatMap((system) => system.pids()), ...servers.map((server) => server.pid)],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
