import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { guard } from '@parley/servers';

import { BackOff } from './back-off.ts';
import { prefixLines } from './prefixed-lines.ts';
import { Refused } from './refused.ts';

export interface KeptAppOptions {
  readonly role: 'api' | 'worker';
  /** `api-1`, `api-2`, … */
  readonly name: string;
  /** The file that node runs. */
  readonly main: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly write: (line: string) => void;
  /** Called after each start, death and readiness. */
  readonly changed: () => void;
}

const DEATHS_BEFORE_READY = 5;

/** A process of ours that is started again whenever it dies, until it is stopped. */
export class KeptApp {
  readonly #options: KeptAppOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #ready = false;
  #wasReady = false;
  #life: Promise<void> = Promise.resolve();

  constructor(options: KeptAppOptions) {
    this.#options = options;
  }

  get role(): 'api' | 'worker' {
    return this.#options.role;
  }
  get name(): string {
    return this.#options.name;
  }
  get pid(): number {
    return this.#isRunning() ? (this.#child?.pid ?? 0) : 0;
  }
  get ready(): boolean {
    return this.#ready;
  }

  /** Starts it. Resolves when it first says that it is ready; rejects with `Refused` when it can't get that far. */
  async start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#life = this.#live(resolve).catch(reject);
    });
  }

  /** SIGTERM, and SIGKILL when it still runs after `graceMs`. Resolves when it is gone for good. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const last = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs);
    if (this.#isRunning()) this.#child?.kill('SIGTERM');
    await this.#life;
    clearTimeout(last);
  }

  async #live(firstReady: () => void): Promise<void> {
    const backOff = new BackOff();
    let early = 0;
    while (!this.#isStopping()) {
      const born = performance.now();
      const how = await this.#once(() => {
        this.#wasReady = true;
        firstReady();
      });
      if (this.#isStopping()) return;
      early += 1;
      if (!this.#wasReady && early >= DEATHS_BEFORE_READY) {
        throw new Refused(`${this.name} ended ${early} times (${how}) before it was ready: see its lines above.`);
      }
      const pause = backOff.after(performance.now() - born);
      this.#options.write(`parley   | ${this.name} ended (${how}); it is started again in ${pause / 1_000} s.`);
      await wait(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** One life of the process. @returns how it ended. */
  async #once(onReady: () => void): Promise<string> {
    const { main, cwd, env, name, write, changed } = this.#options;
    // Its own process group: Ctrl-C reaches the supervisor alone, which ends the apps before their servers.
    const child = spawn(process.execPath, [main], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    guard(child, 'TERM');
    for (const stream of [child.stdout, child.stderr]) if (stream) prefixLines(stream, name, write);
    child.on('message', (message) => {
      if (!isReady(message)) return;
      this.#ready = true;
      onReady();
      changed();
    });
    changed();
    if (this.#isStopping()) child.kill('SIGTERM');
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    this.#ready = false;
    changed();
    return signal ?? `exit code ${code ?? 0}`;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready';
}
