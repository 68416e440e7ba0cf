import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['*/**/*.test.ts', '*/**/*.test.tsx'],
    exclude: ['node_modules', '.node', '.build', 'cdk.out', 'e2e/phones/**', 'e2e/browser/**', 'e2e/faults/**'],
    testTimeout: 20_000,
    pool: 'forks',
  },
})
