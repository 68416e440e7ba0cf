import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inProcess } from '@offhook/edge/sma/invoke.ts'
import type { Invoke } from '@offhook/edge/sma/invoker.ts'
import { Journal } from '@offhook/edge/sma/journal.ts'
import { signCall } from '@offhook/functions/sma/trust.ts'
import type { Attributes, Participant, SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import type { SmaResponse } from '@offhook/shared/sma-contract/response.ts'
import { type Counting, countRequests } from '@offhook/store/counting-client.ts'
import { createTable } from '@offhook/store/create-table.ts'
import { startEmbedded } from '@offhook/store/embedded/dynoxide.ts'
import { localClient } from '@offhook/store/embedded/local-client.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import { createStore } from '@offhook/store/store.ts'
import { localHandler } from './call-plane.ts'
import { createLoadAccount, loadAccountId } from './load-account.ts'

const tableName = 'load'
const trustKey = 'a key of a bench, forty characters long.'
/** Calls that are up at once while set-ups are counted. */
const callers = 64
const [warmCalls, measuredCalls, throughputCalls] = [300, 500, 6_000]

interface Handled {
  readonly invoke: Invoke
  readonly journal: Journal
  readonly requests: Counting
  close(): Promise<void>
}

/** The shipped handler with an account in a table, behind the journal, as on one machine; no SIP and no media. */
async function handled(): Promise<Handled> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'))
  const embedded = await startEmbedded(join(folder, 'table.db'))
  const client = localClient(embedded.endpoint)
  await createTable(client, tableName)
  const objects = folderObjects({ folder, secret: trustKey, baseUrl: 'http://127.0.0.1/objects' })
  const store = createStore({ client, tableName, objects })
  await createLoadAccount(store, objects, 'sip:uas@127.0.0.1:5090')
  const { journal } = await Journal.open({
    folder: join(folder, 'journal'),
    apply: (records) => store.calls.share(records),
  })
  const handler = localHandler({
    store,
    objects,
    journal,
    trustKey,
    languages: ['en-US'],
    shiftMs: 0,
    log: () => undefined,
  })
  return {
    invoke: inProcess(handler),
    journal,
    requests: countRequests(client),
    async close() {
      await journal.stop()
      await embedded.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A call as the runtime would tell of it. */
class Call {
  readonly #invoke: Invoke
  readonly #id = randomUUID()
  readonly #legId = randomUUID()
  readonly #dialled: string
  #sequence = 0
  #attributes: Attributes | undefined

  constructor(invoke: Invoke, dialled: string) {
    this.#invoke = invoke
    this.#dialled = dialled
  }

  arrive(): Promise<SmaResponse> {
    const origin = { kind: 'device' as const, deviceId: '100000' }
    const exp = Math.ceil(Date.now() / 1_000) + 60
    const dialled = this.#dialled
    const signed = signCall(trustKey, {
      call: this.#id,
      account: loadAccountId,
      origin,
      dialled,
      number: '100000',
      exp,
    })
    return this.#tell('NEW_INBOUND_CALL', [this.#caller({ SipHeaders: { 'X-Pbx-Call': signed } })])
  }

  answered(): Promise<SmaResponse> {
    const outcome = { planId: '', answered: { legId: '1', deviceId: 'uas' }, reason: 'answered', legs: [] }
    return this.#tell('ACTION_SUCCESSFUL', [this.#caller({ Status: 'Connected' }), this.#callee('Connected')], {
      Type: 'CallAndBridge',
      Parameters: { CallId: this.#legId },
      Outcome: outcome,
    })
  }

  hungUp(callee?: Participant['Status']): Promise<SmaResponse> {
    const legs = [this.#caller({ Status: 'Disconnected' }), ...(callee === undefined ? [] : [this.#callee(callee)])]
    const CallId = callee === 'Disconnected' ? 'callee' : this.#legId
    return this.#tell('HANGUP', legs, { Type: 'Hangup', Parameters: { SipResponseCode: 0, CallId } })
  }

  #caller(more: Partial<Participant>): Participant {
    return {
      CallId: this.#legId,
      ParticipantTag: 'LEG-A',
      To: this.#dialled,
      From: '100000',
      Direction: 'Inbound',
      StartTimeInMilliseconds: String(Date.now()),
      ...more,
    }
  }

  #callee(status: Participant['Status']): Participant {
    const times = { StartTimeInMilliseconds: String(Date.now()), Status: status }
    return { CallId: 'callee', ParticipantTag: 'LEG-B', To: 'uas', From: '100000', Direction: 'Outbound', ...times }
  }

  async #tell(type: string, Participants: Participant[], ActionData?: SmaEvent['ActionData']): Promise<SmaResponse> {
    const answer = (await this.#invoke({
      SchemaVersion: '1.0',
      Sequence: ++this.#sequence,
      InvocationEventType: type,
      ...(ActionData === undefined ? {} : { ActionData }),
      CallDetails: {
        TransactionId: this.#id,
        ...(this.#attributes === undefined ? {} : { TransactionAttributes: this.#attributes }),
        AwsAccountId: '111122223333',
        AwsRegion: 'us-east-1',
        SipMediaApplicationId: '0ff00c00-0000-4000-8000-000000000001',
        Participants,
      },
    })) as SmaResponse
    if (answer.TransactionAttributes?.broken !== undefined)
      throw new Error(`a turn broke: ${answer.TransactionAttributes.broken}`)
    this.#attributes = answer.TransactionAttributes ?? this.#attributes
    return answer
  }
}

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0

/** CPU of this process in ms, all its threads. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** One call from a phone to another that answers, long enough for the table to hear that it is up. Adds the CPU of each of its four turns. */
async function answeredCall({ invoke, journal }: Handled, turns: number[]): Promise<void> {
  const call = new Call(invoke, 'bridge')
  const told = [
    () => call.arrive(),
    () => call.answered(),
    () => call.hungUp('Connected'),
    () => call.hungUp('Disconnected'),
  ]
  for (const turn of told) {
    const before = cpuMs()
    await turn()
    turns.push(cpuMs() - before)
    await journal.applied()
  }
}

export interface HandlerFigures {
  readonly turnCpuMs: { readonly p50: number; readonly p99: number }
  readonly perAnsweredCall: { readonly reads: number; readonly writes: number }
  readonly setUps: {
    readonly perSecond: number
    readonly p50Ms: number
    readonly p99Ms: number
    readonly cpuMs: number
  }
}

/** Measures the shipped handler: one call after the other, then many at once, until the table has every record. */
export async function measureHandler(): Promise<HandlerFigures> {
  const bench = await handled()
  try {
    for (let call = 0; call < warmCalls; call += 1) await answeredCall(bench, [])
    bench.requests.take()
    const turns: number[] = []
    let writes = 0
    let reads = 0
    for (let call = 0; call < measuredCalls; call += 1) {
      await answeredCall(bench, turns)
      const requests = bench.requests.take()
      reads += requests.reads
      writes += requests.writes
    }
    return {
      turnCpuMs: { p50: percentile(turns, 0.5), p99: percentile(turns, 0.99) },
      perAnsweredCall: { reads: reads / measuredCalls, writes: writes / measuredCalls },
      setUps: await measureSetUps(bench),
    }
  } finally {
    await bench.close()
  }
}

/** Calls answered by a prompt and hung up, `callers` at a time. */
async function measureSetUps({ invoke, journal }: Handled): Promise<HandlerFigures['setUps']> {
  const latencies: number[] = []
  const [began, cpuBefore] = [performance.now(), cpuMs()]
  let left = throughputCalls
  const caller = async () => {
    while (left-- > 0) {
      const call = new Call(invoke, 'ivr')
      const at = performance.now()
      await call.arrive()
      latencies.push(performance.now() - at)
      await call.hungUp()
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  await journal.applied()
  const ms = performance.now() - began
  return {
    perSecond: throughputCalls / (ms / 1_000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMs: (cpuMs() - cpuBefore) / throughputCalls,
  }
}
