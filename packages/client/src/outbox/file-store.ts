import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { z, type CommandId } from '@parley/events';
import { OutboxEntry, type NewEntry } from './outbox-entry.ts';
import type { OutboxStore } from './outbox-store.ts';

const Line = z.union([z.object({ put: OutboxEntry }), z.object({ gone: z.int() }), z.object({ last: z.int() })]);
type Line = z.infer<typeof Line>;

/** So many dead lines are carried along before the file is written anew. */
const DEAD_LINES = 1_000;

/**
 * Keeps entries in a file of JSON lines: every change is appended and synced, the file is written anew now and then.
 * One process at a time.
 */
export class FileOutboxStore implements OutboxStore {
  readonly #path: string;
  readonly #entries = new Map<number, OutboxEntry>();
  #file: FileHandle | null = null;
  #last = 0;
  #dead = 0;
  #work: Promise<void> = Promise.resolve();

  private constructor(path: string) {
    this.#path = path;
  }

  /** A half line at the end, left by a crash, was never promised to anybody. */
  static async open(path: string): Promise<FileOutboxStore> {
    const store = new FileOutboxStore(path);
    const text = await readFile(path, 'utf8').catch((fault: unknown) => {
      if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw fault;
    });
    for (const line of text.split('\n')) store.#replay(line);
    await store.#rewrite();
    return store;
  }

  all(): Promise<OutboxEntry[]> {
    return Promise.resolve([...this.#entries.values()]);
  }

  async add(entry: NewEntry): Promise<number> {
    const order = ++this.#last;
    await this.#write([{ put: { ...entry, order } }]);
    return order;
  }

  async update(entry: OutboxEntry): Promise<void> {
    if (this.#entries.has(entry.order)) await this.#write([{ put: entry }]);
  }

  async remove(commandIds: readonly CommandId[]): Promise<void> {
    const gone = new Set(commandIds);
    const orders = [...this.#entries.values()].filter((entry) => gone.has(entry.commandId));
    await this.#write(orders.map((entry) => ({ gone: entry.order })));
  }

  async close(): Promise<void> {
    await this.#work;
    await this.#file?.close();
    this.#file = null;
  }

  #replay(line: string): void {
    const read = Line.safeParse(parse(line));
    if (read.success) this.#apply(read.data);
  }

  #apply(line: Line): void {
    if ('put' in line) this.#put(line.put);
    else if ('gone' in line) this.#dead += this.#entries.delete(line.gone) ? 2 : 1;
    else this.#last = Math.max(this.#last, line.last);
  }

  #put(entry: OutboxEntry): void {
    if (this.#entries.has(entry.order)) this.#dead += 1;
    this.#entries.set(entry.order, entry);
    this.#last = Math.max(this.#last, entry.order);
  }

  /** One write after the other, in the order of the calls. */
  #write(lines: readonly Line[]): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    for (const line of lines) this.#apply(line);
    const written = this.#work.then(async () => {
      await this.#file?.appendFile(lines.map((line) => JSON.stringify(line) + '\n').join(''));
      await this.#file?.datasync();
      if (this.#dead > DEAD_LINES) await this.#rewrite();
    });
    this.#work = written.catch(() => undefined);
    return written;
  }

  /** Beside the old file first, so that a crash leaves one of the two whole. */
  async #rewrite(): Promise<void> {
    const lines: Line[] = [{ last: this.#last }, ...[...this.#entries.values()].map((entry) => ({ put: entry }))];
    const beside = await open(`${this.#path}.new`, 'w', 0o600);
    await beside.appendFile(lines.map((line) => JSON.stringify(line) + '\n').join(''));
    await beside.datasync();
    await rename(`${this.#path}.new`, this.#path);
    await this.#file?.close();
    this.#file = beside;
    this.#dead = 0;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
