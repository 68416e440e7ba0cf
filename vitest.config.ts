import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['*/**/*.test.ts', '*/**/*.test.tsx'],
    exclude: ['node_modules', '.node', '.build', 'cdk.out', 'e2e/**'],
    testTimeout: 20_000,
    pool: 'forks',
  },
})
