import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { GenericContainer } from 'testcontainers';

import { IMAGES } from './docker-engine.ts';
import { freePort } from './free-port.ts';
import { redisAnswers } from './redis-probe.ts';
import { PRODUCTION_REDIS, redisArguments } from './redis-settings.ts';
import { becomePrimary, mongoUrl, REPLICA_SET } from './replica-set.ts';
import { ServerError, type ServerHandle } from './server-handle.ts';
import { until } from './until.ts';

type Kind = ServerHandle['kind'];

const OWNER = 'org.parley.test-owner';

/** The part of a container's handle that is used here (the Docker engine's API, by dockerode). */
interface Container {
  readonly id: string;
  start(): Promise<unknown>;
  kill(options: { signal: string }): Promise<unknown>;
  wait(options: { condition: 'not-running' }): Promise<unknown>;
  pause(): Promise<unknown>;
  unpause(): Promise<unknown>;
  stop(options: { t: number }): Promise<unknown>;
  remove(options: { force: boolean; v: boolean }): Promise<unknown>;
  inspect(): Promise<{ State: { Running: boolean; Pid: number } }>;
}

/** A server in a container of its own, started by Testcontainers, for a test. `dataDir` is '': the data is in the container. */
export class ContainerServer implements ServerHandle {
  readonly kind: Kind;
  readonly port: number;
  readonly dataDir = '';
  readonly #container: Container;
  #pid = 0;
  #removed = false;

  private constructor(kind: Kind, port: number, container: Container) {
    this.kind = kind;
    this.port = port;
    this.#container = container;
  }

  /**
   * @param settings over the production settings of Redis.
   * @returns the running server; rejects with `ServerError`, or with what Testcontainers says.
   */
  static async start(kind: Kind, settings: Readonly<Record<string, string>> = {}): Promise<ContainerServer> {
    // The reaper of Testcontainers is one more image; what a killed test leaves behind is removed by its label instead.
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
    const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
    removeWithThisProcess();
    // The same port inside and outside: a replica set has one address, which must hold in both places.
    const port = await freePort();
    const container = new GenericContainer(IMAGES[kind])
      .withLabels({ [OWNER]: String(process.pid) })
      .withExposedPorts({ container: port, host: port })
      .withCommand(command(kind, port, settings))
      .withPullPolicy({ shouldPull: () => false })
      .withStartupTimeout(120_000)
      .withWaitStrategy(
        Wait.forLogMessage(kind === 'redis' ? /Ready to accept connections/ : /Waiting for connections/),
      );
    const started = await startOn(container);
    const { container: engine } = await getContainerRuntimeClient();
    const server = new ContainerServer(kind, port, engine.getById(started));
    await server.#ready();
    return server;
  }

  get url(): string {
    return this.kind === 'redis' ? `redis://127.0.0.1:${this.port}` : mongoUrl(this.port);
  }
  get pid(): number {
    return this.#pid;
  }

  async gone(): Promise<void> {
    await this.#container.wait({ condition: 'not-running' });
  }

  async stop(): Promise<void> {
    if (this.#removed) return;
    this.#removed = true;
    this.#pid = 0;
    await this.#container.remove({ force: true, v: true });
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (signal === 'SIGSTOP') return this.pause();
    if (signal === 'SIGCONT') return this.resume();
    if (!(await this.#container.inspect()).State.Running) return;
    await this.#container.kill({ signal });
    await this.gone();
    this.#pid = 0;
  }

  async restart(): Promise<void> {
    if ((await this.#container.inspect()).State.Running) await this.#container.stop({ t: 8 });
    await this.#container.start();
    await this.#ready();
  }

  async pause(): Promise<void> {
    await this.#container.pause();
  }

  async resume(): Promise<void> {
    await this.#container.unpause();
  }

  async #ready(): Promise<void> {
    const running = async (): Promise<boolean> => (await this.#container.inspect()).State.Running;
    if (this.kind === 'mongodb') await becomePrimary(this.port, () => true);
    else if (!(await until(async () => ((await redisAnswers(this.port)) ? true : undefined), 120_000))) {
      throw new ServerError(`The Redis container ${this.#container.id} does not answer; runs: ${await running()}.`);
    }
    this.#pid = (await this.#container.inspect()).State.Pid;
  }
}

async function startOn(container: GenericContainer): Promise<string> {
  return (await container.start()).getId();
}

function command(kind: Kind, port: number, settings: Readonly<Record<string, string>>): string[] {
  if (kind === 'mongodb') {
    return ['--port', String(port), '--replSet', REPLICA_SET, '--wiredTigerCacheSizeGB', '0.25'];
  }
  const open = { bind: '0.0.0.0', 'protected-mode': 'no', port: String(port), dir: '/data' };
  return ['redis-server', ...redisArguments({ ...open, ...PRODUCTION_REDIS, ...settings })];
}

let watched = false;

/** Removes all containers of this process when it is gone, also by SIGKILL: the watcher's input ends then. */
function removeWithThisProcess(): void {
  if (watched) return;
  watched = true;
  const script = `trap '' INT TERM HUP; read -r _
    docker ps -aq --filter "label=${OWNER}=$1" | xargs -r docker rm --force --volumes`;
  const watcher = spawn('/bin/sh', ['-c', script, 'parley-watch', String(process.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  if (watcher.stdin instanceof Socket) watcher.stdin.unref();
}
