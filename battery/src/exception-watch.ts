import type { AppProcess, ProcessWatch } from '@parley/stack';
import type { Recorder } from './record.ts';

/** What Node prints, and libraries log, about errors and promises that nobody took care of. */
const pattern = /unhandled|uncaught/i;
/** Warnings and worse, as our processes log them: for whoever reads the record. */
const warning = /"level":(?:"(?:warn|error|fatal)"|[4-6]0)/;

/**
 * Writes down what no code caught: lines of the processes that say so, processes that end without having been asked to,
 * and what the clients in this process throw where nobody waits.
 */
export class ExceptionWatch implements ProcessWatch, Disposable {
  readonly #recorder: Recorder;
  readonly #thrown = (error: unknown): void =>
    this.#note('clients', error instanceof Error ? String(error.stack) : String(error));

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    process.on('uncaughtException', this.#thrown).on('unhandledRejection', this.#thrown);
  }

  printed({ role }: AppProcess, text: string): void {
    for (const line of text.split('\n'))
      if (pattern.test(line)) this.#note(role, line.slice(0, 1_000));
      else if (warning.test(line)) this.#recorder.add({ kind: 'note', text: `${role}: ${line.slice(0, 500)}` });
  }

  ended({ role, output }: AppProcess, { code, signal, asked }: Parameters<ProcessWatch['ended']>[1]): void {
    if (!asked) this.#note(role, `ended by itself with ${String(code ?? signal)}: ${output.slice(-1_000)}`);
  }

  [Symbol.dispose](): void {
    process.off('uncaughtException', this.#thrown).off('unhandledRejection', this.#thrown);
  }

  #note(process: string, text: string): void {
    this.#recorder.add({ kind: 'exception', process, text });
  }
}
