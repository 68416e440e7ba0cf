/** `npm run bench`: figures, printed. Compare within one run: machines differ, and this one is busy with the run itself. */

import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parseMessage } from '@offhook/edge/sip/message.ts'
import { revisionOf } from '@offhook/shared/callflow/account-revision.ts'
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import { step } from '@offhook/shared/callflow/engine.ts'
import { type CallEvent, CallEvent as Event } from '@offhook/shared/callflow/vocabulary.ts'
import { Schedule } from '@offhook/shared/model/schedule.ts'
import { decideSchedule } from '@offhook/shared/schedule/decide.ts'
import { acmeDocuments, acmeMainDid } from '@offhook/shared/testing/acme.ts'
import { testEngine } from '@offhook/store/testing/test-table.ts'
import { build } from 'esbuild'
import { root } from './run-program.ts'

const line = (what: string, figure: string) => console.log(`${what.padEnd(62)} ${figure}`)
const perSecond = (count: number, ms: number) => `${Math.round(count / (ms / 1_000)).toLocaleString('en-US')} /s`

/** One call to the main line, key 1, and hung up: 5 decisions. */
function mainLine(config: ReturnType<typeof revisionOf>): number {
  const at = '2026-11-24T15:00:00Z'
  let state: CallState | undefined
  let decisions = 0
  const feed = (event: CallEvent) => {
    const turn = step(config, state, event)
    decisions += 1
    if ('needs' in turn) throw new Error('a document is missing')
    state = turn.state
    const [asked] = turn.commands.filter((command) => command.type === 'look-up')
    if (asked !== undefined) feed({ type: 'looked-up', at, facts: asked.facts.map((key) => ({ key, value: {} })) })
  }
  feed(
    Event.parse({
      type: 'arrived',
      at,
      callId: 'bench',
      accountId: 'acme',
      configRevision: 1,
      origin: { kind: 'trunk', trunkId: 't' },
      dialled: acmeMainDid,
      caller: { number: '+14255550163' },
    }),
  )
  feed({ type: 'digits', at, digits: '1' })
  feed({ type: 'hungup', at, leg: 'caller' })
  return decisions
}

function engine(): void {
  const config = revisionOf('acme', 1, acmeDocuments(), 'absent')
  for (let warm = 0; warm < 500; warm += 1) mainLine(config)
  const before = process.memoryUsage().heapUsed
  const began = performance.now()
  let decisions = 0
  for (let calls = 0; calls < 5_000; calls += 1) decisions += mainLine(config)
  line('engine: decisions with the Acme main line', perSecond(decisions, performance.now() - began))
  line(
    'engine: heap grown over 5,000 calls',
    `${Math.round((process.memoryUsage().heapUsed - before) / 1_024).toLocaleString('en-US')} kB`,
  )
}

function schedules(): void {
  const rule = (id: string, weekdays: string[]) =>
    Schedule.parse({ id, name: id, recurrence: { cycle: 'weekly', weekdays }, start: '09:00', end: '17:00' })
  const branches = [rule('a', ['monday', 'tuesday']), rule('b', ['tuesday'])].map((schedule) => ({
    branch: schedule.id,
    schedules: [schedule],
  }))
  const began = performance.now()
  for (let count = 0; count < 20_000; count += 1) decideSchedule(branches, '2026-11-24T15:00:00Z', 'America/New_York')
  line('schedules: decisions between two rules that are on', perSecond(20_000, performance.now() - began))
}

function sip(): void {
  const bytes = new TextEncoder().encode(
    'INVITE sip:1002@acme.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\nFrom: "Alex" <sip:1001@acme.example>;tag=1\r\nTo: <sip:1002@acme.example>\r\nCall-ID: a@b\r\nCSeq: 1 INVITE\r\nContact: <sip:1001@127.0.0.1:5060>\r\nContent-Length: 0\r\n\r\n',
  )
  for (let warm = 0; warm < 5_000; warm += 1) parseMessage(bytes)
  const began = performance.now()
  for (let count = 0; count < 50_000; count += 1) parseMessage(bytes)
  line('SIP: messages parsed', perSecond(50_000, performance.now() - began))
}

async function bundles(): Promise<void> {
  const gzip = async (entry: string, platform: 'browser' | 'node') => {
    const { outputFiles } = await build({
      entryPoints: [join(root, entry)],
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      platform,
      target: platform === 'node' ? 'node24' : 'es2022',
      external: ['@aws-sdk/*', '@smithy/*'],
      logLevel: 'silent',
    })
    return `${Math.round(gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length / 1_000)} kB gzip`
  }
  line('bundle: the engine for a browser', await gzip('shared/callflow/engine.ts', 'browser'))
  line('bundle: functions/sma without the AWS SDK (in the runtime)', await gzip('functions/sma/handler.ts', 'node'))
  line('bundle: functions/recordings without the AWS SDK', await gzip('functions/recordings/handler.ts', 'node'))
}

/** Requests of one operation, counted where the SDK sends them. */
async function table(): Promise<void> {
  const engineOf = await testEngine()
  try {
    let requests: string[] = []
    engineOf.client.middlewareStack.add(
      (next, context) => async (args) => {
        requests.push(String(context.commandName).replace('Command', ''))
        return next(args)
      },
      { step: 'initialize', name: 'count' },
    )
    const store = await engineOf.store()
    await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    const count = async (what: string, run: () => Promise<unknown>) => {
      requests = []
      await run()
      const by = Map.groupBy(requests, (name) => name)
      line(`table: ${what}`, [...by].map(([name, list]) => `${list.length} ${name}`).join(', ') || 'nothing')
    }
    await count('create an extension', () =>
      store.extensions.create('acme', { number: '1001', firstName: 'Alex' }, { by: 'bench' }),
    )
    await count('account head of a call', () => store.accounts.head('acme'))
    await count('live facts of a call', () =>
      store.facts.lookUp('acme', [
        { kind: 'account', id: 'account' },
        { kind: 'user', id: 'u' },
        { kind: 'device', id: 'd' },
      ]),
    )
  } finally {
    await engineOf.stop()
  }
}

console.log(`Node ${process.version}, ${process.platform} ${process.arch}\n`)
engine()
schedules()
sip()
await bundles()
await table()
