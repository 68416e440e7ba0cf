/** `npm run bench:target`: the engine with a load account, for outside load generators. Figures taken on it are "edge only". */
import { startBenchTarget } from '@offhook/edge/bench-target.ts'
import { readSettings } from '@offhook/local/settings.ts'

const settings = readSettings(process.env, Date.now())
const target = await startBenchTarget({
  listen: settings.listen,
  sipPort: settings.sipPort,
  rtpPorts: settings.rtpPorts,
})
console.log(
  `Load account on ${settings.listen}:${settings.sipPort}: devices 100000-100999, password secret; destinations echo, ivr, bridge. Ctrl+C stops it.`,
)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void target.close().then(() => process.exit(0)))
