import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';

const MOST_BYTES = 25_000;

it('is below 25 kB in the browser, compressed, without Socket.IO and zod', async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('browser.ts', import.meta.url)),
    external: ['socket.io-client', 'zod'],
    platform: 'browser',
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const bytes = output.reduce((sum, part) => sum + (part.type === 'chunk' ? gzipSync(part.code).length : 0), 0);
  expect(bytes).toBeGreaterThan(5_000);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
