/** `npm run bench:target`: the edge with a load account, until it is stopped. `OFFHOOK_LISTEN`, `OFFHOOK_SIP_PORT`, `OFFHOOK_RTP_PORTS` (from-to). */
import { startBenchTarget } from '../edge/bench-target.ts'

const [from = 20_000, to = 39_999] = (process.env.OFFHOOK_RTP_PORTS ?? '').split('-').filter(Boolean).map(Number)
const listen = process.env.OFFHOOK_LISTEN ?? '127.0.0.1'
const sipPort = Number(process.env.OFFHOOK_SIP_PORT ?? 5_060)
const edge = await startBenchTarget({ listen, sipPort, rtpPorts: { from, to } })
console.log(
  `bench target (edge only): sip:${listen}:${edge.addresses.udp?.port}, users 100000-100999, password secret; call echo, ivr or bridge.`,
)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void edge.close().then(() => process.exit(0)))
