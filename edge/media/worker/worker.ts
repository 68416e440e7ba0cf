/** Media in its own thread: one clock for all sessions, so that nothing else in the process makes audio stutter. */
import { parentPort, workerData } from 'node:worker_threads'
import { frameMs } from '../g711.ts'
import { Outbox } from '../outbox.ts'
import { Bridges } from './bridges.ts'
import { startClock } from './clock.ts'
import { Handshakes } from './handshakes.ts'
import type { BrowserSide, FromWorker, ToWorker, WorkerSettings } from './messages.ts'
import { Player } from './player.ts'
import { createPortPairs } from './port-pair.ts'
import { goFirst } from './priority.ts'
import { Recorder } from './recorder.ts'
import { RtpSession } from './rtp-session.ts'

/** Parts of each 20 ms: sessions are spread over them so that a packet that comes in never waits for hundreds to go out. */
const slots = 4

goFirst()
const settings = workerData as WorkerSettings
const pairs = createPortPairs(settings.listen, settings.rtpPorts.from, settings.rtpPorts.to)
const sessions = new Map<string, RtpSession>()
const ticking = Array.from({ length: slots }, () => new Set<RtpSession>())
const outbox = new Outbox<FromWorker>({ postMessage: (messages) => parentPort?.postMessage(messages) })
const post = (message: FromWorker) => outbox.post(message)

function move(session: RtpSession, slot: number): void {
  ticking[session.slot]?.delete(session)
  session.slot = slot
  ticking[slot]?.add(session)
}
const bridges = new Bridges(move)
const handshakes = new Handshakes()

const emptiest = (): number =>
  ticking.reduce((best, { size }, slot) => (size < (ticking[best]?.size ?? 0) ? slot : best), 0)

async function openBrowser(session: RtpSession): Promise<BrowserSide> {
  try {
    return await session.openBrowser(handshakes)
  } catch (error) {
    session.close()
    throw error
  }
}

async function create(id: string, isBrowser: boolean): Promise<void> {
  try {
    const ports = await pairs.open()
    const session = new RtpSession(id, ports, (digit) => post({ type: 'digit', session: id, digit }))
    const browser = isBrowser ? await openBrowser(session) : undefined
    sessions.set(id, session)
    move(session, emptiest())
    post({ type: 'created', session: id, port: ports.port, browser })
  } catch (error) {
    post({ type: 'not-created', session: id, error: (error as Error).message })
  }
}

function play(message: ToWorker & { type: 'play' }): void {
  const { job, source, repeat, stopOn } = message
  const session = sessions.get(message.session)
  if (session === undefined) return post({ type: 'played', job, result: { ended: 'stopped' } })
  session.play(new Player(job, source, repeat, stopOn, (result) => post({ type: 'played', job, result })))
}

function record({ session: id, job, options }: ToWorker & { type: 'record' }): void {
  const session = sessions.get(id)
  if (session === undefined)
    return post({ type: 'recorded', job, result: { ended: 'closed', durationMs: 0, path: options.path } })
  session.record(new Recorder(job, options, (result) => post({ type: 'recorded', job, result })))
}

function close(id: string, job: number): void {
  const session = sessions.get(id)
  if (session !== undefined) {
    sessions.delete(id)
    ticking[session.slot]?.delete(session)
    bridges.forget(session)
    session.close()
  }
  post({ type: 'done', job })
}

function bridge(message: ToWorker & { type: 'bridge' }): void {
  const legs = message.sessions.flatMap((id) => sessions.get(id) ?? [])
  bridges.update(message.bridge, legs, message.muted)
}

/** What is asked of a session that is closed already comes to nothing, but is always answered. */
function handle(message: ToWorker): void {
  if (message.type === 'bridge') return bridge(message)
  if (message.type === 'shutdown') return shutdown()
  if (message.type === 'create') return void create(message.session, message.isBrowser)
  const session = sessions.get(message.session)
  switch (message.type) {
    case 'configure':
      return session?.configure(message.settings)
    case 'play':
      return play(message)
    case 'record':
      return record(message)
    case 'stop':
      return session?.stop(message.job)
    case 'pause':
    case 'resume':
      return session?.pause(message.job, message.type === 'pause')
    case 'send-digits': {
      const done = () => post({ type: 'done', job: message.job })
      return session === undefined ? done() : session.sendDigits(message.digits, message.toneMs, done)
    }
    case 'digit':
      return session?.digit(message.digit)
    case 'echo':
      if (session !== undefined) session.echo = message.on
      return
    case 'stats':
      if (session === undefined) return post({ type: 'done', job: message.job })
      return post({ type: 'stats', job: message.job, stats: session.stats() })
    case 'close':
      return close(message.session, message.job)
  }
}

let current = 0
const stopClock = startClock(frameMs / slots, () => {
  const due = ticking[current] ?? []
  for (const session of due) session.listen()
  const mixed = bridges.mixed(current)
  for (const session of due) session.speak(mixed.get(session))
  current = (current + 1) % slots
})

/** The thread ends when the last recording is on disk. */
function shutdown(): void {
  stopClock()
  for (const session of sessions.values()) session.close()
  outbox.flush()
  parentPort?.close()
}

parentPort?.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) handle(message)
})
