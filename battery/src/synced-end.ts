/** A call that another thread's line interrupted in the trace. */
interface Begun {
  readonly call: 'write' | 'sync';
  /** End of what was written so far, or with this write. */
  readonly end: number;
}

/**
 * Reads a trace of `strace -f -y -e trace=pwrite64,fdatasync,fsync` and tells up to which offset a file is sure to be on
 * disk: what had been written when the last finished sync of it began. For files that are written at offsets, such as
 * WiredTiger's journal.
 * @param file the whole path, as `-y` prints it behind the file descriptor.
 */
export function syncedEnd(trace: string, file: string): number {
  const begun = new Map<string, Begun>();
  let written = 0;
  let synced = 0;
  const done = ({ call, end }: Begun): void => {
    if (call === 'write') written = Math.max(written, end);
    else synced = Math.max(synced, end);
  };
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (?:pwrite64|fdatasync|fsync) resumed>.* = (\d+)$/.exec(text);
    const started = resumed ? begun.get(thread) : beginning(text, file, written);
    if (resumed || started) begun.delete(thread);
    if (!started) continue;
    if (text.endsWith('<unfinished ...>')) begun.set(thread, started);
    else if (/ = \d+$/.test(text)) done(started);
  }
  return synced;
}

/** @returns what a line begins on this file. */
function beginning(text: string, file: string, written: number): Begun | undefined {
  const write = /^pwrite64\(\d+<([^>]*)>, .*, (\d+), (\d+)(?:\)| <unfinished)/.exec(text);
  if (write?.[1] === file) return { call: 'write', end: Number(write[2]) + Number(write[3]) };
  const sync = /^(?:fdatasync|fsync)\(\d+<([^>]*)>/.exec(text);
  return sync?.[1] === file ? { call: 'sync', end: written } : undefined;
}
