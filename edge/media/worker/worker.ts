/** Media in its own thread: one clock for all sessions, so that nothing else in the process makes audio stutter. */
import { parentPort, workerData } from 'node:worker_threads'
import { frameMs } from '../g711.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts'
import { mix } from './mixer.ts'
import { Player } from './player.ts'
import { createPortPairs } from './port-pair.ts'
import { Recorder } from './recorder.ts'
import { RtpSession } from './rtp-session.ts'

const settings = workerData as WorkerSettings
const pairs = createPortPairs(settings.listen, settings.rtpPorts.from, settings.rtpPorts.to)
const sessions = new Map<string, RtpSession>()
/** Sessions of each bridge, in the order they joined. */
const bridges = new Map<string, RtpSession[]>()
const post = (message: FromWorker) => parentPort?.postMessage(message)

async function create(id: string): Promise<void> {
  try {
    const ports = await pairs.open()
    sessions.set(id, new RtpSession(id, ports, (digit) => post({ type: 'digit', session: id, digit })))
    post({ type: 'created', session: id, port: ports.port })
  } catch (error) {
    post({ type: 'not-created', session: id, error: (error as Error).message })
  }
}

/** Two legs pass packets to each other at once; three and more are mixed by the clock. */
function bridge(id: string, members: readonly string[], muted: readonly string[]): void {
  for (const leg of bridges.get(id) ?? []) {
    leg.peer = undefined
    leg.mixing = false
    leg.muted = false
  }
  const legs = members.flatMap((name) => sessions.get(name) ?? [])
  if (legs.length === 0) bridges.delete(id)
  else bridges.set(id, legs)
  for (const leg of legs) leg.muted = muted.includes(leg.id)
  const [a, b] = legs
  if (legs.length === 2 && a !== undefined && b !== undefined) {
    a.peer = b
    b.peer = a
  } else for (const leg of legs) leg.mixing = legs.length > 2
}

function handle(message: ToWorker): void {
  if (message.type === 'create') return void create(message.session)
  if (message.type === 'bridge') return bridge(message.bridge, message.sessions, message.muted)
  if (message.type === 'shutdown') return shutdown()
  const session = sessions.get(message.session)
  switch (message.type) {
    case 'configure':
      return session?.configure(message.settings)
    case 'play': {
      if (session === undefined) return post({ type: 'played', job: message.job, result: { ended: 'stopped' } })
      return void session.players.push(
        new Player(message.job, message.source, message.repeat, message.stopOn, (result) =>
          post({ type: 'played', job: message.job, result }),
        ),
      )
    }
    case 'record': {
      if (session === undefined)
        return post({
          type: 'recorded',
          job: message.job,
          result: { ended: 'closed', durationMs: 0, path: message.options.path },
        })
      return void session.recorders.push(
        new Recorder(message.job, message.options, (result) => post({ type: 'recorded', job: message.job, result })),
      )
    }
    case 'stop':
      session?.players.find((player) => player.job === message.job)?.finish({ ended: 'stopped' })
      return session?.recorders.find((recorder) => recorder.job === message.job)?.finish('stopped')
    case 'pause':
    case 'resume':
      return session?.recorders.find((recorder) => recorder.job === message.job)?.setPaused(message.type === 'pause')
    case 'send-digits':
      if (session === undefined) return post({ type: 'done', job: message.job })
      return session.sendDigits(message.digits, message.toneMs, () => post({ type: 'done', job: message.job }))
    case 'digit':
      return session?.digit(message.digit)
    case 'echo':
      if (session !== undefined) session.echo = message.on
      return
    case 'stats':
      if (session !== undefined) post({ type: 'stats', job: message.job, stats: session.stats() })
      return
    case 'close': {
      sessions.delete(message.session)
      for (const [id, legs] of bridges)
        if (session !== undefined && legs.includes(session))
          bridge(
            id,
            legs.filter((leg) => leg !== session).map((leg) => leg.id),
            legs.filter((leg) => leg.muted).map((leg) => leg.id),
          )
      session?.close()
      return post({ type: 'done', job: message.job })
    }
  }
}

let timer: NodeJS.Timeout | undefined
let nextAtMs = performance.now() + frameMs
/** Ticks made up for at the most after the machine was asleep or starved. */
const catchUpTicks = 5

function tick(): void {
  for (const session of sessions.values()) session.listen()
  const mixed = new Map<RtpSession, Uint8Array>()
  for (const legs of bridges.values()) if (legs.length > 2) for (const [leg, frame] of mix(legs)) mixed.set(leg, frame)
  for (const session of sessions.values()) session.speak(mixed.get(session))
}

/** A clock held to deadlines, not to intervals: what one tick is late the next one is not. */
function run(): void {
  const now = performance.now()
  if (now - nextAtMs > catchUpTicks * frameMs) nextAtMs = now
  while (nextAtMs <= now) {
    tick()
    nextAtMs += frameMs
  }
  timer = setTimeout(run, Math.max(0, nextAtMs - performance.now()))
}

function shutdown(): void {
  clearTimeout(timer)
  for (const session of sessions.values()) session.close()
  parentPort?.close()
}

parentPort?.on('message', handle)
run()
