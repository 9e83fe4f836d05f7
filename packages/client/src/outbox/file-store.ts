import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z, type CommandId } from '@parley/events';
import { OutboxEntry, type NewEntry } from './outbox-entry.ts';
import type { OutboxStore } from './outbox-store.ts';

const Line = z.union([
  // A swap: one line, so that a crash leaves both or neither.
  z.object({ put: OutboxEntry, gone: z.int() }),
  z.object({ put: OutboxEntry }),
  z.object({ gone: z.int() }),
  z.object({ last: z.int() }),
]);
type Line = z.infer<typeof Line>;

/** So many dead lines are carried along before the file is written anew. */
const DEAD_LINES = 1_000;

/** What Windows and some mounts say where a folder can't be opened or synced: there the file system sees to it itself. */
const NO_FOLDER_SYNC: ReadonlySet<string | undefined> = new Set(['EPERM', 'EINVAL', 'EISDIR']);

/**
 * Keeps entries in a file of JSON lines: every change is appended and synced, the file is written anew now and then.
 * One process at a time.
 */
export class FileOutboxStore implements OutboxStore {
  readonly #path: string;
  readonly #openFile: typeof open;
  readonly #entries = new Map<number, OutboxEntry>();
  #file: FileHandle | null = null;
  #last = 0;
  #dead = 0;
  /** The file may end in half a line: the next change goes into a new one. */
  #torn = false;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(path: string, openFile: typeof open) {
    this.#path = path;
    this.#openFile = openFile;
  }

  /**
   * A half line at the end, left by a crash, was never promised to anybody.
   * @param openFile how the file and its folder are opened. Rejects as that and the disk do.
   */
  static async open(path: string, openFile = open): Promise<FileOutboxStore> {
    const store = new FileOutboxStore(path, openFile);
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
    await this.#write(() => [{ put: { ...entry, order } }]);
    return order;
  }

  async swap(old: CommandId, entry: NewEntry): Promise<number | null> {
    const order = ++this.#last;
    const swapped = await this.#write(() => {
      // Who stood in line before may have swapped it already.
      const held = [...this.#entries.values()].find(({ commandId }) => commandId === old);
      return held ? [{ put: { ...entry, order }, gone: held.order }] : [];
    });
    return swapped.length > 0 ? order : null;
  }

  async update(entry: OutboxEntry): Promise<void> {
    await this.#write(() => (this.#entries.has(entry.order) ? [{ put: entry }] : []));
  }

  async remove(commandIds: readonly CommandId[]): Promise<void> {
    const gone = new Set(commandIds);
    await this.#write(() =>
      [...this.#entries.values()].flatMap(({ commandId, order }) => (gone.has(commandId) ? [{ gone: order }] : [])),
    );
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
    if ('gone' in line) this.#dead += this.#entries.delete(line.gone) ? 2 : 1;
    if ('last' in line) this.#last = Math.max(this.#last, line.last);
  }

  #put(entry: OutboxEntry): void {
    if (this.#entries.has(entry.order)) this.#dead += 1;
    this.#entries.set(entry.order, entry);
    this.#last = Math.max(this.#last, entry.order);
  }

  /**
   * One write after the other, in the order of the calls; what they change is looked up when it is their turn. Only what
   * is on the disk is held: a change that was refused must not come back with a later one.
   * @returns the changes that were made.
   */
  #write(lines: () => readonly Line[]): Promise<readonly Line[]> {
    const written = this.#work.then(async () => {
      if (this.#torn || this.#dead > DEAD_LINES) await this.#rewrite();
      const changes = lines();
      if (changes.length > 0) await this.#append(changes);
      for (const change of changes) this.#apply(change);
      return changes;
    });
    this.#work = written.catch(() => undefined);
    return written;
  }

  async #append(lines: readonly Line[]): Promise<void> {
    this.#torn = true;
    await this.#file?.appendFile(textOf(lines));
    await this.#file?.datasync();
    this.#torn = false;
  }

  /** Beside the old file first, so that a crash leaves one of the two whole. */
  async #rewrite(): Promise<void> {
    const text = textOf([{ last: this.#last }, ...[...this.#entries.values()].map((put) => ({ put }))]);
    const beside = await this.#openFile(`${this.#path}.new`, 'w', 0o600);
    try {
      await beside.appendFile(text);
      await beside.datasync();
      await rename(`${this.#path}.new`, this.#path);
    } catch (fault) {
      await beside.close();
      throw fault;
    }
    await this.#file?.close();
    this.#file = beside;
    await this.#syncFolder();
    this.#dead = 0;
    this.#torn = false;
  }

  /** After that a crash of the machine can't bring back what stood under a name before. */
  async #syncFolder(): Promise<void> {
    let folder: FileHandle | undefined;
    try {
      folder = await this.#openFile(dirname(this.#path), 'r');
      await folder.sync();
    } catch (fault) {
      if (!NO_FOLDER_SYNC.has((fault as NodeJS.ErrnoException).code)) throw fault;
    } finally {
      await folder?.close();
    }
  }
}

const textOf = (lines: readonly Line[]): string => lines.map((line) => JSON.stringify(line) + '\n').join('');

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
