import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { guard, isAlive, until } from '@parley/servers';
import { z } from 'zod';

import { ROOT } from '../config.ts';
import { Status } from '../status.ts';

const run = promisify(execFile);
const MAIN = `${ROOT}apps/parley/src/main.ts`;

/** `parley start` as an operator runs it: a process of its own, at the head of its own process group. */
export class RunningParley {
  readonly #env: NodeJS.ProcessEnv;
  readonly #child: ChildProcess;
  #output = '';

  constructor(dataDir: string, port: number, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    this.#env = { ...process.env, PARLEY_DATA: dataDir, PORT: String(port), ...env };
    this.#child = spawn(process.execPath, [MAIN, 'start', ...args], {
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    guard(this.#child, 'TERM');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
  }

  get output(): string {
    return this.#output;
  }
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when it says that it is ready, and with it the address; rejects with its output when it ends before. */
  async ready(): Promise<string> {
    const line = await until(() => {
      if (this.#child.exitCode !== null) return 'ended';
      return /^Parley is ready at (\S+)$/m.exec(this.#output)?.[1];
    }, 240_000);
    if (line === undefined || line === 'ended') throw new Error(`It did not become ready:\n${this.#output}`);
    return line;
  }

  /** @returns the setup code that it printed; undefined when it printed none. */
  setupCode(): string | undefined {
    return /^Setup code: (\S+)/m.exec(this.#output)?.[1];
  }

  async status(): Promise<Status> {
    const { stdout } = await run(process.execPath, [MAIN, 'status', '--json'], { env: this.#env });
    return Status.parse(z.json().parse(JSON.parse(stdout)));
  }

  /** Sends a signal to the process alone and waits for its end. @returns its exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
    return this.#child.exitCode;
  }

  /** @returns its exit code, once it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  /** SIGKILL to it and to everything that it started, in whatever process group. */
  async killAll(): Promise<void> {
    const { processes, servers } = await this.status();
    const ended = once(this.#child, 'exit');
    process.kill(-this.pid, 'SIGKILL');
    for (const { pid } of [...processes, ...servers]) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await ended;
  }
}
