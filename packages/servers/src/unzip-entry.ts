import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

import { ServerError } from './server-handle.ts';

const inflate = promisify(inflateRaw);

interface Place {
  readonly method: number;
  readonly packed: number;
  readonly header: number;
}

/**
 * Reads one file out of a zip archive (stored or deflated, below 4 GB; PKWARE APPNOTE 4.3).
 * @returns its bytes; rejects with `ServerError` when the archive has no such file or can't be read.
 */
export async function unzipEntry(archive: string, name: string): Promise<Uint8Array> {
  const file = await open(archive);
  try {
    const place = find(await directory(file), name);
    if (place === undefined) throw new ServerError(`${archive} holds no ${name}.`);
    const local = await bytes(file, place.header, 30);
    const start = place.header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    const packed = await bytes(file, start, place.packed);
    if (place.method === 0) return packed;
    if (place.method === 8) return await inflate(packed);
    throw new ServerError(`${archive} is packed in a way that is not known here.`);
  } finally {
    await file.close();
  }
}

/** The central directory, found through the record at the archive's end. */
async function directory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const tail = await bytes(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new ServerError('This is not a zip archive.');
  return bytes(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
}

function find(entries: Buffer, name: string): Place | undefined {
  for (let at = 0; at + 46 <= entries.length;) {
    const nameEnd = at + 46 + entries.readUInt16LE(at + 28);
    if (entries.toString('utf8', at + 46, nameEnd) === name) {
      const method = entries.readUInt16LE(at + 10);
      return { method, packed: entries.readUInt32LE(at + 20), header: entries.readUInt32LE(at + 42) };
    }
    at = nameEnd + entries.readUInt16LE(at + 30) + entries.readUInt16LE(at + 32);
  }
  return undefined;
}

async function bytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}
