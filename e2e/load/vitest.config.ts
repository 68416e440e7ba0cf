import { defineConfig } from 'vitest/config'

/** Suites that load whole programs: one file at a time, so that what they measure is theirs. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
