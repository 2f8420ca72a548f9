import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './tests/summary-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'packages', include: ['packages/*/src/**/*.test.ts'], pool: 'forks' } },
      // Whole systems with real processes: one at a time, so that they do not starve each other.
      {
        extends: true,
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Whole systems on a machine that others load, too: in CI one is tried again before the change is blamed.
          retry: process.env['CI'] === 'true' ? 1 : 0,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
