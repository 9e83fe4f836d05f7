import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

import { unzipEntry } from './unzip-entry.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-zip-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Local header, central directory and end record of PKWARE APPNOTE 4.3, with just the fields that are read. */
function zip(entries: readonly { name: string; text: string; method: 0 | 8 }[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, text, method } of entries) {
    const packed = method === 8 ? deflateRawSync(text) : Buffer.from(text);
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(name.length, 26);
    const head = Buffer.alloc(46);
    head.write('PK\x01\x02', 'latin1');
    head.writeUInt16LE(method, 10);
    head.writeUInt32LE(packed.length, 20);
    head.writeUInt16LE(name.length, 28);
    head.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    central.push(head, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

describe('a file out of a zip archive', () => {
  const archive = join(folder, 'two.whl');
  writeFileSync(
    archive,
    zip([
      { name: 'bin/stored', text: 'as it is', method: 0 },
      { name: 'bin/deflated', text: 'packed '.repeat(99), method: 8 },
    ]),
  );

  it.each([
    ['bin/stored', 'as it is'],
    ['bin/deflated', 'packed '.repeat(99)],
  ])('%s comes out as it went in', async (name, text) => {
    expect(Buffer.from(await unzipEntry(archive, name)).toString()).toBe(text);
  });

  it('is refused when the archive does not hold it, or is none', async () => {
    await expect(unzipEntry(archive, 'bin/other')).rejects.toThrow('holds no bin/other');
    const other = join(folder, 'other');
    writeFileSync(other, 'no archive at all, but long enough to look for the end of one');
    await expect(unzipEntry(other, 'bin/stored')).rejects.toThrow('not a zip archive');
  });
});
