import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wavHeader } from '../wav.ts'
import { createMediaEngine } from '../worker-media-engine.ts'
import { CostMeter } from './bench-cost.ts'
import type { BenchRequest } from './bench-messages.ts'

const rtpPorts = { from: 20_000, to: 29_999 }
const engine = await createMediaEngine({ listen: '127.0.0.1', rtpPorts })
const meter = new CostMeter()
let calls = 0

/** Eight seconds of a slowly changing tone in place of speech. */
function writePrompt(path: string): void {
  const samples = Int16Array.from({ length: 64_000 }, (_, index) =>
    Math.round(6_000 * Math.sin(index * (0.2 + index / 1e6))),
  )
  writeFileSync(path, Buffer.concat([wavHeader(1, samples.byteLength), Buffer.from(samples.buffer)]))
}

/** Calls opened and closed before memory is counted: what the first calls cost is code and not calls. */
async function warmUp(offers: readonly string[]): Promise<void> {
  const sessions = await Promise.all(offers.map(() => engine.createSession({ profile: 'rtp' })))
  await Promise.all(sessions.map((session, index) => session.answer(offers[index] ?? '')))
  for (const session of sessions) engine.echo(session, true)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await Promise.all(sessions.map((session) => session.close()))
}

async function serve({ kind, offers, folder }: BenchRequest & { type: 'serve' }): Promise<string[]> {
  const path = join(folder, 'prompt.wav')
  writePrompt(path)
  await warmUp(offers.slice(0, 50))
  meter.idle()
  const sessions = await Promise.all(offers.map(() => engine.createSession({ profile: 'rtp' })))
  const answers = await Promise.all(sessions.map((session, index) => session.answer(offers[index] ?? '')))
  calls = kind === 'bridge' ? sessions.length / 2 : sessions.length
  for (const [index, session] of sessions.entries()) {
    if (kind === 'echo') engine.echo(session, true)
    if (kind === 'prompt') session.play({ kind: 'file', path }, { repeat: Number.POSITIVE_INFINITY })
    const other = sessions[index + 1]
    if (kind !== 'bridge' || index % 2 === 1 || other === undefined) continue
    const bridge = engine.createBridge()
    bridge.add(session)
    bridge.add(other)
  }
  return answers
}

async function answer(request: BenchRequest): Promise<unknown> {
  if (request.type === 'serve') return { answers: await serve(request) }
  if (request.type === 'start') meter.start()
  return request.type === 'cost' ? meter.of(calls) : {}
}

process.on('message', (request: BenchRequest) => void answer(request).then((reply) => process.send?.(reply)))
