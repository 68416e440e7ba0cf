import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parseMessage } from '@offhook/edge/sip/message.ts'
import { revisionOf } from '@offhook/shared/callflow/account-revision.ts'
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import { step } from '@offhook/shared/callflow/engine.ts'
import { type CallEvent, CallEvent as Event } from '@offhook/shared/callflow/vocabulary.ts'
import { Schedule } from '@offhook/shared/model/schedule.ts'
import { decideSchedule } from '@offhook/shared/schedule/decide.ts'
import { acmeDocuments, acmeMainDid } from '@offhook/shared/testing/acme.ts'
import { figure } from './bench-report.ts'

const at = '2026-11-24T15:00:00Z'
const calls = 10_000

/** How often a thing is done in a second of CPU, once it is warm: what else runs on the machine does not count. */
function perCpuSecond(times: number, run: () => number): number {
  for (let warm = 0; warm < times / 10; warm += 1) run()
  const before = process.cpuUsage()
  let done = 0
  for (let count = 0; count < times; count += 1) done += run()
  const { user, system } = process.cpuUsage(before)
  return done / ((user + system) / 1_000_000)
}

/** One call to the main line, key 1, and hung up: five decisions. Answers with the state before the end. */
function mainLine(config: ReturnType<typeof revisionOf>): { readonly decisions: number; readonly talking: CallState } {
  let state: CallState | undefined
  let decisions = 0
  const feed = (event: CallEvent): CallState => {
    const turn = step(config, state, event)
    decisions += 1
    if ('needs' in turn) throw new Error('a document is missing')
    state = turn.state
    const [asked] = turn.commands.filter((command) => command.type === 'look-up')
    if (asked === undefined) return turn.state
    return feed({ type: 'looked-up', at, facts: asked.facts.map((key) => ({ key, value: {} })) })
  }
  feed(arrived)
  const talking = feed({ type: 'digits', at, digits: '1' })
  feed({ type: 'hungup', at, leg: 'caller' })
  return { decisions, talking }
}

const arrived = Event.parse({
  type: 'arrived',
  at,
  callId: 'bench',
  accountId: 'acme',
  configRevision: 1,
  origin: { kind: 'trunk', trunkId: 't' },
  dialled: acmeMainDid,
  caller: { number: '+14255550163' },
})

/** Bytes in use after everything that can be let go has been. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

export function benchEngine(): void {
  const config = revisionOf('acme', 1, acmeDocuments(), 'absent')
  figure(
    'decisions with the Acme main line, a second of CPU',
    perCpuSecond(calls, () => mainLine(config).decisions),
    '/s',
  )
  const before = heapBytes()
  for (let call = 0; call < calls; call += 1) mainLine(config)
  figure('heap kept after 10,000 calls more', (heapBytes() - before) / 1_000, 'kB', { atMost: 100 })
  const { talking } = mainLine(config)
  figure('state of a call in the menu, as JSON', JSON.stringify(talking).length / 1_000, 'kB', { atMost: 8 })
  benchSchedules()
  benchParser()
}

function benchSchedules(): void {
  const rule = (id: string, weekdays: string[]) =>
    Schedule.parse({ id, name: id, recurrence: { cycle: 'weekly', weekdays }, start: '09:00', end: '17:00' })
  const branches = [rule('a', ['monday', 'tuesday']), rule('b', ['tuesday'])].map((schedule) => ({
    branch: schedule.id,
    schedules: [schedule],
  }))
  const decide = () => {
    decideSchedule(branches, at, 'America/New_York')
    return 1
  }
  figure('schedules: decisions between two rules that are on', perCpuSecond(20_000, decide), '/s')
}

function benchParser(): void {
  const bytes = new TextEncoder().encode(
    'INVITE sip:1002@acme.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\nFrom: "Alex" <sip:1001@acme.example>;tag=1\r\nTo: <sip:1002@acme.example>\r\nCall-ID: a@b\r\nCSeq: 1 INVITE\r\nContact: <sip:1001@127.0.0.1:5060>\r\nContent-Length: 0\r\n\r\n',
  )
  const parse = () => {
    parseMessage(bytes)
    return 1
  }
  figure('SIP messages parsed', perCpuSecond(50_000, parse), '/s')
}
