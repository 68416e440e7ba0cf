import { randomUUID } from 'node:crypto'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { quotas } from '@offhook/shared/sma-contract/limits.ts'
import { xPbxCall } from '@offhook/shared/sma-contract/x-pbx.ts'
import type { CallControl, IncomingCall, Leg } from '../call/call-control.ts'
import type { ActionTools, AudioFiles } from './actions/action.ts'
import type { CallJournal } from './call-journal.ts'
import type { CallOpening } from './call-opening.ts'
import { type RuntimeClock, realClock } from './clock.ts'
import { type Invoke, Invoker } from './invoker.ts'
import { edgeProfile, type Profile } from './profile.ts'
import { Transaction } from './transaction.ts'
import { type LoadItem, signCall } from './x-pbx.ts'

export interface SmaRuntimeOptions {
  readonly calls: CallControl
  readonly invoke: Invoke
  readonly audio: AudioFiles
  readonly journal: CallJournal
  /** Shared with the handler; at least 32 characters. */
  readonly trustKey: string
  readonly loadItem: LoadItem
  readonly saveOutcome?: ActionTools['saveOutcome']
  /** File of the apology a caller hears when the handler is dead. */
  readonly apologyPath: string
  /** @default edgeProfile */
  readonly profile?: Profile
  readonly clock?: RuntimeClock
  /** A number in 0 ≤ n < 1 for doubled invocations; seeded in tests. @default Math.random */
  readonly random?: () => number
  readonly onDoubled?: (event: SmaEvent, first: unknown, second: unknown) => void
  readonly log?: (line: Readonly<Record<string, unknown>>) => void
  readonly aws?: Partial<AwsIdentity>
  /** Milliseconds by which `OFFHOOK_CLOCK` moves stored call times. @default 0 */
  readonly shiftMs?: number
}

/** Ids that events carry; on one machine they are made up. */
export interface AwsIdentity {
  readonly awsAccountId: string
  readonly awsRegion: string
  readonly sipMediaApplicationId: string
  readonly sipRuleId: string
}

const awsIdentityDefault: AwsIdentity = {
  awsAccountId: '111122223333',
  awsRegion: 'us-east-1',
  sipMediaApplicationId: '0ff00c00-0000-4000-8000-000000000001',
  sipRuleId: '0ff00c00-0000-4000-8000-000000000002',
}

export interface CreateCall {
  readonly accountId: string
  readonly from: string
  readonly to: string
  readonly headers?: Readonly<Record<string, string>>
  readonly arguments?: Readonly<Record<string, string>>
}

/** Plays the service's part of the contract over the call layer. One per edge process. */
export class SmaRuntime {
  readonly #options: SmaRuntimeOptions
  readonly #tools: ActionTools
  readonly #aws: AwsIdentity
  readonly #clock: RuntimeClock
  readonly #log: (line: Readonly<Record<string, unknown>>) => void
  readonly #transactions = new Map<string, Transaction>()

  constructor(options: SmaRuntimeOptions) {
    this.#options = options
    this.#clock = options.clock ?? realClock
    this.#log = options.log ?? (() => {})
    this.#aws = { ...awsIdentityDefault, ...options.aws }
    this.#tools = {
      calls: options.calls,
      audio: options.audio,
      clock: this.#clock,
      profile: options.profile ?? edgeProfile,
      trustKey: options.trustKey,
      loadItem: options.loadItem,
      saveOutcome: options.saveOutcome ?? (async () => {}),
    }
    options.calls.onCall((call) => this.#arrived(call))
  }

  get sipMediaApplicationId(): string {
    return this.#aws.sipMediaApplicationId
  }

  get profile(): Profile {
    return this.#tools.profile
  }

  counts(): { readonly calls: number } {
    return { calls: this.#transactions.size }
  }

  /** Places a first leg; the function hears NEW_OUTBOUND_CALL, then CALL_ANSWERED. Throws `PbxError('too-many-calls')`. */
  create(call: CreateCall): { readonly transactionId: string } {
    if (this.#isFull()) throw new PbxError('too-many-calls', { status: 400, message: 'Too many active calls.' })
    const { accountId, from, to, headers } = call
    const leg = this.#options.calls.originate({ accountId, from, to, ...(headers === undefined ? {} : { headers }) })
    const transaction = this.#open(leg, randomUUID(), {})
    transaction.created(call.arguments ?? {})
    return { transactionId: transaction.id }
  }

  /** Hands arguments to a live call. Throws `PbxError('call-not-found')` when there is none by that id. */
  update(transactionId: string, callArguments: Readonly<Record<string, string>>): void {
    const transaction = this.#transactions.get(transactionId)
    if (transaction === undefined)
      throw new PbxError('call-not-found', { status: 404, message: 'The call is over or never was.' })
    transaction.updated(callArguments)
  }

  /** Ends all calls that are up: for a stop that cannot wait. */
  endAll(reason: string): void {
    for (const transaction of this.#transactions.values()) transaction.end(reason)
  }

  #arrived({ leg, linkedTransactionId }: IncomingCall): void {
    if (this.#isFull()) return leg.reject(486, 'too many calls')
    const transactionId = randomUUID()
    const linked = linkedTransactionId === undefined ? undefined : this.#callOf(linkedTransactionId)
    const signed = signCall(this.#options.trustKey, transactionId, leg, this.#clock.nowMs(), linked)
    const transaction = this.#open(leg, transactionId, { ...leg.headers, [xPbxCall]: signed }, this.#aws.sipRuleId)
    transaction.arrived()
  }

  /** The call layer knows calls by their first leg; CDRs are linked by ours. */
  #callOf(legId: string): string {
    return [...this.#transactions.values()].find((transaction) => transaction.has(legId))?.id ?? legId
  }

  /** The service's own quota, `chime` profile only: 10 active calls. */
  #isFull(): boolean {
    if (!this.profile.quotas) return false
    const used = [...this.#transactions.values()].reduce((sum, transaction) => sum + transaction.slots, 0)
    return used >= quotas.activeCalls
  }

  #open(leg: Leg, transactionId: string, headers: Readonly<Record<string, string>>, sipRuleId?: string): Transaction {
    const { journal, invoke, random = Math.random, onDoubled, apologyPath } = this.#options
    const { awsAccountId, awsRegion, sipMediaApplicationId } = this.#aws
    this.#options.calls.nameCall(leg, transactionId)
    journal.opened(openingOf(leg, transactionId, this.#options.shiftMs ?? 0))
    const transaction = new Transaction(
      {
        identity: {
          transactionId,
          accountId: leg.identity.accountId,
          awsAccountId,
          awsRegion,
          sipMediaApplicationId,
          ...(sipRuleId === undefined ? {} : { sipRuleId }),
        },
        tools: this.#tools,
        invoker: new Invoker({
          invoke,
          clock: this.#clock,
          isDoubled: () => random() < this.profile.duplicates,
          ...(onDoubled === undefined ? {} : { onDoubled }),
        }),
        apologyPath,
        log: this.#log,
        onTurn: (event) => journal.turn(transactionId, event),
        onOver: () => {
          this.#transactions.delete(transactionId)
          journal.closed(transactionId)
        },
      },
      leg,
      headers,
    )
    this.#transactions.set(transactionId, transaction)
    return transaction
  }
}

function openingOf(leg: Leg, callId: string, shiftMs: number): CallOpening {
  const { identity } = leg
  const deviceId = identity.kind === 'trunk' ? undefined : identity.deviceId
  return {
    callId,
    accountId: identity.accountId,
    at: new Date(leg.startedAtMs + shiftMs).toISOString(),
    direction: identity.kind === 'trunk' ? 'inbound' : leg.direction === 'outbound' ? 'outbound' : 'internal',
    from: leg.from.slice(0, 64),
    to: leg.to.slice(0, 64),
    ...(deviceId === undefined ? {} : { deviceId }),
  }
}
