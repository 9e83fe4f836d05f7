import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Reads its standard input, which ends when whoever started it is gone, even by SIGKILL; then ends the process $1. */
const WATCH = `trap '' INT TERM HUP
read -r _
kill -"$2" "$1" 2>/dev/null
[ "$2" = KILL ] && exit
i=0; while [ $i -lt 80 ] && kill -0 "$1" 2>/dev/null; do sleep 0.1; i=$((i+1)); done
kill -KILL "$1" 2>/dev/null`;

export interface GuardedOptions {
  readonly cwd: string;
  /** Standard output and error are appended to this file. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  /** How it is ended when this process dies without stopping it: at once, or cleanly with SIGKILL after 8 s. */
  readonly orphan: 'KILL' | 'TERM';
}

/** A child process that never outlives the process that started it, also when that one is killed with SIGKILL. */
export class GuardedProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  constructor(command: string, args: readonly string[], options: GuardedOptions) {
    const log = openSync(options.logFile, 'a');
    try {
      // In a process group of its own, so that Ctrl-C in a terminal does not end a server before those who use it.
      this.#child = spawn(command, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        stdio: ['ignore', log, log],
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    this.#child.unref();
    this.#gone = once(this.#child, 'exit').catch(() => undefined);
    if (this.#child.pid !== undefined) guard(this.#child, options.orphan);
  }

  get pid(): number {
    return this.running ? (this.#child.pid ?? 0) : 0;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the process is gone, or could not be started at all. */
  async gone(): Promise<void> {
    if (!this.running) return;
    this.#child.ref();
    await this.#gone;
  }

  /** Sends a signal; unless it is SIGSTOP or SIGCONT, resolves when the process is gone. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    this.#child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.gone();
  }

  /** SIGTERM, and SIGKILL when it still runs after `graceMs`. */
  async end(graceMs: number): Promise<void> {
    const last = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    this.#child.kill('SIGCONT');
    await this.signal('SIGTERM');
    clearTimeout(last);
  }
}

/** Ties the life of `child` to this process's. The watcher lives in a process group of its own, out of reach of a group kill. */
export function guard(child: ChildProcess, orphan: 'KILL' | 'TERM'): void {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'parley-watch', String(child.pid), orphan], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  watcher.stdin.on('error', () => undefined);
  if (watcher.stdin instanceof Socket) watcher.stdin.unref();
  // The watcher must be gone before the child's pid can belong to somebody else.
  child.once('exit', () => watcher.kill('SIGKILL'));
}
