import { defineConfig } from 'vitest/config'

/** Files in which single packets are timed. */
const timed = ['rtp-continuity.test.ts']

/** Suites that start whole programs, two at once: phones mostly wait. What is measured to the packet comes first and by itself. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxConcurrency: 16,
    projects: [
      {
        extends: true,
        test: { name: 'timed', include: timed, fileParallelism: false, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'calls', include: ['**/*.test.ts'], exclude: timed, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
