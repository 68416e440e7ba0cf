/**
 * `npm run bench`: figures, printed, beside our aims and what peers reach. Compare within one run: machines differ, and this one is busy
 * with the run itself. Peers were measured on one core with the generator on another, November 2026.
 */

import { benchSignalling } from '@offhook/edge/bench-signalling.ts'
import { benchMedia } from '@offhook/edge/media/bench.ts'
import { benchBundles } from './bench-bundles.ts'
import { benchEngine } from './bench-engine.ts'
import { benchRegistrations } from './bench-registrations.ts'
import { figure, heading, line, shortfallsSoFar } from './bench-report.ts'
import { benchHandler, benchSetUps } from './bench-set-ups.ts'
import { benchTable } from './bench-table.ts'

const sections: readonly (readonly [title: string, run: () => unknown])[] = [
  ['Decisions', benchEngine],
  ['Bundles, and how long a function takes to start', benchBundles],
  ['Requests to the table', benchTable],
  ['The call handler', benchHandler],
  ['The edge alone', () => benchSignalling(line)],
  ['Registrations over SIP', benchRegistrations],
  ['Calls over SIP', benchSetUps],
  ['Calls held with clean audio', () => benchMedia({ figure, line })],
]

console.log(`Node ${process.version}, ${process.platform} ${process.arch}`)
const began = performance.now()
const wanted = process.argv.slice(2)
for (const [title, run] of sections) {
  // Words after the command choose sections, such as `npm run bench -- handler`.
  if (wanted.length > 0 && !wanted.some((word) => title.toLowerCase().includes(word.toLowerCase()))) continue
  heading(title)
  await run()
}
heading('')
line(`${((performance.now() - began) / 1_000).toFixed(0)} s`, `${shortfallsSoFar()} aims not met`)
