/**
 * `npm run bench:target`: a load account for outside load generators, decided by the shipped handler with journal and table writes on.
 * `OFFHOOK_BENCH_PLANE=edge` leaves handler, journal and table out: figures taken on that are "edge only".
 */
import { startBenchTarget as startEdgeOnly } from '@offhook/edge/bench-target.ts'
import { startBenchTarget } from '@offhook/local/bench-target.ts'
import { readSettings } from '@offhook/local/settings.ts'

const { listen, sipPort, rtpPorts } = readSettings(process.env, Date.now())
const isEdgeOnly = process.env.OFFHOOK_BENCH_PLANE === 'edge'
const began = performance.now()
const target = isEdgeOnly
  ? await startEdgeOnly({ listen, sipPort, rtpPorts })
  : await startBenchTarget({
      listen,
      sipPort,
      rtpPorts,
      log: (line) => console.error(JSON.stringify({ at: new Date().toISOString(), ...line })),
    })
console.log(
  `Load account on ${listen}:${sipPort}${isEdgeOnly ? ' (edge only)' : ''} after ${((performance.now() - began) / 1_000).toFixed(1)} s: devices 100000-100999, password secret; destinations echo, ivr, bridge. Ctrl+C stops it.`,
)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void target.close().then(() => process.exit(0)))
