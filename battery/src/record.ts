import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';

/** What happened to one command: asked, acked, refused for good, or undecided (time-out, cut before the ack). */
export type OperationLine =
  | {
      readonly kind: 'invoke';
      readonly op: string;
      readonly userId: string;
      readonly deviceId: string;
      readonly conversationId: string;
      readonly value: string;
    }
  | { readonly kind: 'ok'; readonly op: string; readonly epoch: string; readonly seq: number }
  | { readonly kind: 'fail'; readonly op: string; readonly reason: string }
  | { readonly kind: 'info'; readonly op: string; readonly reason: string }
  /** The client is done with it and it was not refused: it was acked, but nothing shows at which place. */
  | { readonly kind: 'settled'; readonly op: string };

/** An event at its place. */
export interface Stored {
  readonly op: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly value: string;
}

interface Received extends Stored {
  readonly reader: string;
  readonly epoch: string;
}

/**
 * Where a copy of an event was seen. `log`: an entry of a partition. `document`: the archive in MongoDB. `frame`: a live
 * packet as it came over the wire, raw. `shown`: taken by a reader's ordered timeline.
 */
export type CopyLine =
  | ({ readonly kind: 'log'; readonly partition: number; readonly n: number } & Stored)
  | ({ readonly kind: 'document' } & Stored)
  | ({ readonly kind: 'frame' } & Received)
  | ({ readonly kind: 'shown' } & Received);

/** What the run knows about its readers and stores. */
export type FactLine =
  /** A reader that was drained to the end: it must have been shown every visible message, from the seq `from` on. */
  | {
      readonly kind: 'reader';
      readonly reader: string;
      readonly userId: string;
      readonly conversationId: string;
      readonly from?: number;
    }
  /** The seqs of a conversation that a user may see; several lines for several stays. */
  | {
      readonly kind: 'visible';
      readonly userId: string;
      readonly conversationId: string;
      readonly from: number;
      readonly to: number;
    }
  /** A reader learned that the log went back in time and dropped what it held beyond `seq`. */
  | { readonly kind: 'dropped'; readonly reader: string; readonly conversationId: string; readonly seq: number }
  /** Digest of one read model from one source (`live`, `rebuilt`): all sources of a name must agree. */
  | { readonly kind: 'digest'; readonly name: string; readonly source: string; readonly value: string }
  | { readonly kind: 'fault'; readonly what: string; readonly phase: 'begin' | 'end' }
  /** Something that no code caught, or a process that ended though nobody had asked it to. */
  | { readonly kind: 'exception'; readonly process: string; readonly text: string }
  /** For whoever reads the record; not judged. */
  | { readonly kind: 'note'; readonly text: string };

export type Happening = OperationLine | CopyLine | FactLine;

/** A happening with its time: milliseconds of a clock that never jumps. */
export type RecordLine = Happening & { readonly at: number };

/** Keeps a run's record in memory for the checker, and in a file as one JSON object per line. */
export class Recorder {
  readonly lines: RecordLine[] = [];
  readonly #file: WriteStream | null;

  /** @param path of the file, or null to keep the record in memory alone. */
  constructor(path: string | null) {
    this.#file = path === null ? null : createWriteStream(path);
  }

  add(happening: Happening): void {
    const line = { at: performance.now(), ...happening };
    this.lines.push(line);
    this.#file?.write(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    if (!this.#file) return;
    this.#file.end();
    await once(this.#file, 'close');
  }
}

/** @returns the record that a file of JSON lines holds. */
export function parseRecord(text: string): RecordLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordLine);
}
