import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { docker, IMAGES } from './docker-engine.ts';
import { GuardedProcess } from './guarded-process.ts';
import { logTail } from './log-tail.ts';
import { redisAnswers } from './redis-probe.ts';
import { PRODUCTION_REDIS, redisArguments } from './redis-settings.ts';
import { becomePrimary, mongoUrl, REPLICA_SET } from './replica-set.ts';
import { ServerError, type ServerHandle } from './server-handle.ts';
import { until } from './until.ts';

export interface DockerServerOptions {
  readonly kind: ServerHandle['kind'];
  /** Names the container and the volume that keeps its data. */
  readonly name: string;
  /** The same inside and outside, so that a replica set has one address for everybody. */
  readonly port: number;
  /** Where the container's output is written to. */
  readonly dataDir: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly cacheGB?: number;
}

/** A server in a container, run by the docker command as a child of this process, with its data in a named volume. */
export class DockerServer implements ServerHandle {
  readonly #options: DockerServerOptions;
  #run: GuardedProcess;
  #pid = 0;

  private constructor(options: DockerServerOptions, run: GuardedProcess) {
    this.#options = options;
    this.#run = run;
  }

  /** @returns the server once it answers; rejects with `ServerError`. */
  static async start(options: DockerServerOptions): Promise<DockerServer> {
    mkdirSync(options.dataDir, { recursive: true });
    const server = new DockerServer(options, await runContainer(options));
    await server.#ready();
    return server;
  }

  get kind(): ServerHandle['kind'] {
    return this.#options.kind;
  }
  get url(): string {
    return this.kind === 'redis' ? `redis://127.0.0.1:${this.port}` : mongoUrl(this.port);
  }
  get port(): number {
    return this.#options.port;
  }
  get dataDir(): string {
    return this.#options.dataDir;
  }
  get pid(): number {
    return this.#run.running ? this.#pid : 0;
  }

  async gone(): Promise<void> {
    await this.#run.gone();
  }

  async stop(): Promise<void> {
    if (!this.#run.running) return;
    await docker(['stop', '--time', '8', this.#options.name]).catch(() => undefined);
    await this.#run.end(2_000);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.#run.running) return;
    if (signal === 'SIGSTOP') return this.pause();
    if (signal === 'SIGCONT') return this.resume();
    await docker(['kill', '--signal', signal, this.#options.name]);
    await this.#run.gone();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#run = await runContainer(this.#options);
    await this.#ready();
  }

  async pause(): Promise<void> {
    await docker(['pause', this.#options.name]);
  }

  async resume(): Promise<void> {
    await docker(['unpause', this.#options.name]);
  }

  async #ready(): Promise<void> {
    try {
      await answers(this.#options, this.#run);
      this.#pid = Number(await docker(['inspect', '--format', '{{.State.Pid}}', this.#options.name]));
    } catch (error) {
      await docker(['rm', '--force', this.#options.name]).catch(() => undefined);
      const end = logTail(logFileOf(this.#options));
      throw new ServerError(`The container ${this.#options.name} did not start. It said:\n${end}`, { cause: error });
    }
  }
}

async function runContainer(options: DockerServerOptions): Promise<GuardedProcess> {
  // What an earlier start left running is ended first: its data is in the volume.
  await docker(['rm', '--force', options.name]).catch(() => undefined);
  const { kind, name, port } = options;
  const volume = `${name}:${kind === 'redis' ? '/data' : '/data/db'}`;
  const place = ['--publish', `127.0.0.1:${port}:${port}`, '--volume', volume];
  const args = ['run', '--rm', '--name', name, ...place, IMAGES[kind], ...command(options)];
  return new GuardedProcess('docker', args, { cwd: options.dataDir, logFile: logFileOf(options), orphan: 'TERM' });
}

function command({ kind, port, settings, cacheGB }: DockerServerOptions): string[] {
  if (kind === 'mongodb') {
    return ['--port', String(port), '--replSet', REPLICA_SET, '--wiredTigerCacheSizeGB', String(cacheGB ?? 0.5)];
  }
  const open = { bind: '0.0.0.0', 'protected-mode': 'no', port: String(port), dir: '/data' };
  return ['redis-server', ...redisArguments({ ...open, ...PRODUCTION_REDIS, ...settings })];
}

async function answers({ kind, port }: DockerServerOptions, run: GuardedProcess): Promise<void> {
  if (kind === 'mongodb') return becomePrimary(port, () => run.running);
  const look = async (): Promise<boolean | undefined> => {
    if (!run.running) return false;
    return (await redisAnswers(port)) ? true : undefined;
  };
  if ((await until(look, 60_000, 20)) !== true) throw new ServerError('It does not answer.');
}

function logFileOf(options: DockerServerOptions): string {
  return join(options.dataDir, 'server.log');
}
