/**
 * Reads a trace of `strace -f -y -e trace=write,fdatasync,fsync` and tells how many bytes of a file are sure to be on
 * disk: what had been written when the last finished sync of it began.
 * @param file the whole path, as `-y` prints it behind the file descriptor.
 */
export function syncedBytes(trace: string, file: string): number {
  let written = 0;
  let synced = 0;
  const begun = new Map<string, number>();
  for (const line of trace.split('\n')) {
    const [, thread = '', call = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const size = /^write\(\d+<([^>]*)>.*\) = (\d+)$/.exec(call);
    if (size?.[1] === file) written += Number(size[2]);
    const sync = /^(?:fdatasync|fsync)\(\d+<([^>]*)>(.*)$/.exec(call);
    if (sync?.[1] === file) {
      if (sync[2]?.endsWith('= 0')) synced = Math.max(synced, written);
      else begun.set(thread, written);
    }
    if (/^<\.\.\. (?:fdatasync|fsync) resumed>.*= 0$/.test(call)) {
      synced = Math.max(synced, begun.get(thread) ?? 0);
      begun.delete(thread);
    }
  }
  return synced;
}
