import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['*/**/*.test.ts', '*/**/*.test.tsx'],
    exclude: ['node_modules', '.node', '.build', 'cdk.out', 'e2e/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // The default leaves a core to the machine; of two that is one worker, which mostly waits for the table.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})
