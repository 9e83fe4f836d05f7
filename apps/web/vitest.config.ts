import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** The web app's pure pieces: no browser and no server. Files that need a document ask for happy-dom themselves. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte()],
  resolve: { conditions: ['browser'] },
  // As many workers as the other projects beside which it runs: see vitest.config.ts.
  test: { name: 'web', include: ['src/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 },
});
