/** `npm run test:long`: the same suites at the counts the product is held to. Takes long; prints its figures. */
import { runSuites, suites } from './suites.ts'

const words = process.argv.slice(2)
const names = words.filter((word) => suites.some((suite) => suite.name === word))
process.exit(
  await runSuites(
    names,
    { OFFHOOK_LONG: '1', OFFHOOK_RUNS: process.env.OFFHOOK_RUNS ?? '10000' },
    words.filter((word) => !names.includes(word)),
  ),
)
