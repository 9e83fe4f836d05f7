import { defineConfig } from 'vitest/config';

/**
 * How long a condition may take to come true, and a test to end: bounds for a machine that is many times slower than
 * usual, so that only what never happens fails. No test measures time by them.
 */
const expect = { poll: { timeout: 60_000 } };
const slow = { expect, testTimeout: 300_000, hookTimeout: 300_000 };
const quick = { expect, testTimeout: 60_000, hookTimeout: 60_000 };

/** The same wherever files run beside each other: vitest refuses different numbers for projects that run together. */
const maxWorkers = 2;

/**
 * unit: no server. int: one real dependency. system: the whole of Parley through packages/client. e2e: in a browser.
 * Servers come from packages/servers; each file takes a server or a database of its own.
 */
export default defineConfig({
  test: {
    retry: 0,
    projects: [
      './apps/web/vitest.config.ts',
      {
        test: {
          name: 'unit',
          include: ['{packages,apps,tools,bench,battery}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.int.test.ts', 'apps/web/**'],
          ...quick,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'int',
          include: ['{packages,apps}/**/*.int.test.ts'],
          exclude: ['**/node_modules/**'],
          ...slow,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'system',
          include: ['tests/integration/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          ...slow,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/integration/**/*.e2e.ts'],
          exclude: ['**/node_modules/**'],
          ...slow,
          maxWorkers: 1,
        },
      },
    ],
  },
});
