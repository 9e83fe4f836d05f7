import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { guard } from '@parley/servers';

export type AppRole = 'api' | 'worker';

/** Hears what a process prints and how it ends. */
export interface ProcessWatch {
  printed(process: AppProcess, text: string): void;
  /** @param asked whether a signal of `kill` ended it. */
  ended(process: AppProcess, how: { code: number | null; signal: NodeJS.Signals | null; asked: boolean }): void;
}

export interface AppProcessOptions {
  readonly role: AppRole;
  /** Whole environment of the process; nothing is inherited but PATH, HOME and Node’s compile cache. */
  readonly env: Readonly<Record<string, string>>;
  /** Root of the source tree to run, for a tree that was changed on purpose. This one by default. */
  readonly tree?: string;
  readonly watch?: ProcessWatch | undefined;
}

const thisTree = fileURLToPath(new URL('../../..', import.meta.url));
const keptLines = 400;

/** A real api or worker process that is started, killed and started again as a test wants. */
export class AppProcess {
  readonly role: AppRole;
  readonly #options: AppProcessOptions;
  readonly #output: string[] = [];
  #child: ChildProcess | undefined;
  #killed: ChildProcess | undefined;

  constructor(options: AppProcessOptions) {
    this.role = options.role;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the process printed last, for the text of a failing test. */
  get output(): string {
    return this.#output.join('');
  }

  /** @returns the memory that the process holds now (Linux: VmRSS), in bytes; undefined while it does not run. */
  async residentBytes(): Promise<number | undefined> {
    const status = await readFile(`/proc/${String(this.pid)}/status`, 'utf8').catch(() => '');
    const kib = /VmRSS:\s+(\d+)/.exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1_024;
  }

  /** Starts the process without waiting until it is ready. */
  launch(): void {
    const tree = this.#options.tree ?? thisTree;
    const { PATH = '', HOME = '', NODE_COMPILE_CACHE: cache } = process.env;
    this.#child = fork(`${tree}/apps/${this.role}/src/main.ts`, {
      cwd: tree,
      env: { PATH, HOME, ...(cache && { NODE_COMPILE_CACHE: cache }), ...this.#options.env },
      // Not the flags of whoever starts it: a test runner's would change the program under test.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => this.#keep(chunk));
    const child = this.#child;
    // Nobody else ends it when whoever started it is killed.
    guard(child, 'KILL');
    child.once('exit', (code, signal) =>
      this.#options.watch?.ended(this, { code, signal, asked: child === this.#killed }),
    );
  }

  /** Starts the process and resolves when it says that it is ready; rejects when it ends before. */
  async start(): Promise<void> {
    this.launch();
    const child = this.#child;
    if (!child) return;
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: { kind?: string }) => message.kind === 'ready' && resolve());
      child.once('exit', (code) => reject(new Error(`${this.role} ended with ${String(code)}:\n${this.output}`)));
    });
  }

  /** Sends a signal and, unless it only stops or continues the process, waits for its end. @returns its exit code. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.#child;
    if (!child || !this.running) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    const lives = signal === 'SIGSTOP' || signal === 'SIGCONT';
    if (!lives) this.#killed = child;
    child.kill(signal);
    if (lives) return null;
    await ended;
    return child.exitCode;
  }

  #keep(chunk: Buffer): void {
    const text = chunk.toString();
    this.#output.push(text);
    this.#options.watch?.printed(this, text);
    if (this.#output.length > keptLines) this.#output.splice(0, this.#output.length - keptLines);
  }
}
