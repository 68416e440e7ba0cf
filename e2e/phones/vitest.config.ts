import { defineConfig } from 'vitest/config'

/** Suites that start whole programs: one file at a time, so that what they measure is theirs. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    maxConcurrency: 16,
  },
})
