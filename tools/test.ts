/** `npm test`: every suite at the small counts of a check. `npm test unit phones` runs those alone. */
import { runSuites, suites } from './suites.ts'

const words = process.argv.slice(2)
const names = words.filter((word) => suites.some((suite) => suite.name === word))
process.exit(
  await runSuites(
    names,
    {},
    words.filter((word) => !names.includes(word)),
  ),
)
