import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPortFree, processBirth, redactUrl, type FoundServer } from '@parley/servers';

import { ROOT, type ParleyConfig } from '../config.ts';
import { writeStatus } from '../status.ts';
import { bringServers, type Servers } from './bring-servers.ts';
import { lockDataFolder } from './data-lock.ts';
import { KeptApp } from './kept-app.ts';
import { KeptServer } from './kept-server.ts';
import { Refused } from './refused.ts';
import { Secrets } from './secrets.ts';
import { isSetupNeeded } from './setup-needed.ts';

export interface StartOptions {
  readonly api: number;
  readonly workers: number;
  readonly write: (line: string) => void;
  /** Aborted when everything has to end. */
  readonly signal: AbortSignal;
}

const APP_GRACE_MS = 6_500;

/**
 * Runs Parley until `signal` is aborted: servers, api processes on one port, workers. Resolves when all have ended.
 * Rejects with `Refused` when it can't or must not start; nothing is left running then either.
 */
export async function start(config: ParleyConfig, options: StartOptions): Promise<void> {
  const unlock = lockDataFolder(config.dataDir);
  try {
    if (!(await isPortFree(config.port, config.host))) {
      throw new Refused(`Port ${config.port} is taken by another program. Stop that one, or set PORT to a free port.`);
    }
    const say = (text: string): void => options.write(`parley   | ${text}`);
    const servers = await bringServers(config, say);
    await new Run(config, options, servers).untilStopped();
  } finally {
    unlock();
  }
}

/** One run of all processes. */
class Run {
  readonly #config: ParleyConfig;
  readonly #options: StartOptions;
  readonly #secrets: Secrets;
  readonly #servers: readonly KeptServer[];
  readonly #apps: readonly KeptApp[];
  readonly #startedAt = new Date().toISOString();
  #ready = false;

  constructor(config: ParleyConfig, options: StartOptions, servers: Servers) {
    this.#config = config;
    this.#options = options;
    this.#secrets = new Secrets(config.dataDir);
    const changed = (): void => this.#writeStatus();
    this.#servers = Object.entries(servers).flatMap(([role, found]: [string, FoundServer | undefined]) =>
      found ? [new KeptServer(role, found, options.write, changed)] : [],
    );
    const env = this.#environment(servers);
    const app = (role: 'api' | 'worker', index: number): KeptApp =>
      new KeptApp({
        role,
        name: `${role}-${index + 1}`,
        main: join(ROOT, 'apps', role, 'src/main.ts'),
        cwd: ROOT,
        env,
        write: options.write,
        changed,
      });
    this.#apps = [
      ...Array.from({ length: options.api }, (_, index) => app('api', index)),
      ...Array.from({ length: options.workers }, (_, index) => app('worker', index)),
    ];
  }

  async untilStopped(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#options.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      if (this.#options.signal.aborted) return;
      const allReady = Promise.all(this.#apps.map(async (app) => app.start())).then(async () => this.#announce());
      await Promise.race([allReady, stopped]);
      await stopped;
    } finally {
      await this.#stop();
    }
  }

  /** The apps first, while their servers are still there to finish what was begun. */
  async #stop(): Promise<void> {
    await Promise.all(this.#apps.map(async (app) => app.stop(APP_GRACE_MS)));
    await Promise.all(this.#servers.map(async (server) => server.stop()));
    this.#ready = false;
    this.#writeStatus();
  }

  async #announce(): Promise<void> {
    this.#ready = true;
    this.#writeStatus();
    const { publicUrl, host, port } = this.#config;
    const needed = await isSetupNeeded(host, port);
    const ready = `Parley is ready at ${publicUrl}`;
    if (needed === false) {
      this.#secrets.forgetSetupCode();
      this.#options.write(ready);
      return;
    }
    // As one piece: who waits for the first line finds the second with it.
    this.#options.write(`${ready}\nSetup code: ${this.#secrets.setupCode()} (asked for once, by the first person)`);
  }

  #environment(servers: Servers): NodeJS.ProcessEnv {
    const { port, host, publicUrl, webDir, tokenSecret, fanoutUrl, jobsUrl, inherited } = this.#config;
    const redisUrl = servers.redis.server.url;
    return {
      NODE_ENV: 'production',
      ...inherited,
      PORT: String(port),
      HOST: host,
      PARLEY_PUBLIC_URL: publicUrl,
      REDIS_URL: redisUrl,
      REDIS_FANOUT_URL: fanoutUrl ?? redisUrl,
      REDIS_JOBS_URL: jobsUrl ?? redisUrl,
      MONGODB_URL: servers.mongodb.server.url,
      PARLEY_TOKEN_SECRET: tokenSecret ?? this.#secrets.tokenSecret(),
      PARLEY_SETUP_CODE: this.#secrets.setupCode(),
      ...(existsSync(webDir) ? { PARLEY_WEB_DIR: webDir } : {}),
    };
  }

  #writeStatus(): void {
    writeStatus(this.#config.dataDir, {
      address: this.#config.publicUrl,
      pid: process.pid,
      born: processBirth(process.pid),
      startedAt: this.#startedAt,
      ready: this.#ready,
      processes: this.#apps.map(({ role, name, pid, ready }) => ({ role, name, pid, ready })),
      servers: this.#servers.map(({ role, found: { server, how, found } }) => {
        return { role, url: redactUrl(server.url), how, found, pid: server.pid };
      }),
    });
  }
}
