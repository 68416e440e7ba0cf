import type { CallControl } from '@offhook/edge/call/call-control.ts'
import type { AudioFiles } from '@offhook/edge/sma/actions/action.ts'
import { inProcess } from '@offhook/edge/sma/invoke.ts'
import type { Journal } from '@offhook/edge/sma/journal.ts'
import { SmaRuntime } from '@offhook/edge/sma/runtime.ts'
import type { OutsideUrls } from '@offhook/functions/outside/outside-url.ts'
import { createSmaHandler, type SmaHandler } from '@offhook/functions/sma/create-handler.ts'
import { wavDurationMs } from '@offhook/functions/speech/wav.ts'
import { cdrOf } from '@offhook/shared/callflow/cdr.ts'
import { step } from '@offhook/shared/callflow/engine.ts'
import type { FolderObjects } from '@offhook/store/objects/folder.ts'
import type { Store } from '@offhook/store/store.ts'
import { localCallerNames } from './caller-names.ts'
import { gatheredReads } from './gathered-reads.ts'

/** Names on one machine that only matter to the contract's JSON. */
const bucket = 'offhook'
const edgeArn = 'arn:aws:chime:us-east-1:111122223333:vc/offhookedge00000000000'
const entranceRuleIds = ['0ff00c00-0000-4000-8000-000000000002']

export interface HandlerParts {
  readonly store: Store
  readonly objects: FolderObjects
  readonly journal: Pick<Journal, 'share' | 'counts'>
  readonly trustKey: string
  /** Where calls ask how they go on. @default nowhere */
  readonly urls?: OutsideUrls
  /** Languages there are a voice and prompts for. */
  readonly languages: readonly string[]
  /** Milliseconds by which `OFFHOOK_CLOCK` moves the calls' time. */
  readonly shiftMs: number
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

/**
 * The call handler of one machine: the one the cloud runs, with the folder for objects, and the journal before the table. All calls go
 * through this process, so it knows how many are up, and reads for those that arrive together at once.
 */
export const localHandler = ({
  store,
  objects,
  journal,
  trustKey,
  urls,
  languages,
  shiftMs,
  log,
}: HandlerParts): SmaHandler =>
  createSmaHandler({
    settings: { bucket, edgeArn, trustKey, entranceRuleIds, languages },
    store: {
      numbers: store.numbers,
      documents: store.documents,
      ...gatheredReads({
        accounts: store.accounts,
        facts: { lookUp: (accountId, keys) => store.facts.lookUp(accountId, keys, journal.counts(accountId)) },
      }),
      calls: { share: (records) => journal.share(records) },
    },
    spill: {
      save: (key, bytes) => objects.put(`spill/${key}`, bytes, 'application/octet-stream'),
      load: (key) => objects.get(`spill/${key}`),
    },
    outcomes: { find: async () => undefined },
    callerNames: localCallerNames(store),
    ...(urls === undefined ? {} : { urls }),
    recordingMs: async (key) => {
      const bytes = await objects.get(key)
      return bytes === undefined ? undefined : wavDurationMs(bytes)
    },
    step,
    cdrOf,
    clock: { nowMs: Date.now, shiftMs },
    log,
  })

export interface CallPlaneParts extends HandlerParts {
  readonly calls: CallControl
  readonly journal: Journal
  readonly audio: AudioFiles
}

/** Who decides the edge's calls on one machine: the handler, asked in this process over the contract's JSON. */
export const startCallPlane = (parts: CallPlaneParts): SmaRuntime =>
  new SmaRuntime({
    calls: parts.calls,
    invoke: inProcess(localHandler(parts)),
    audio: parts.audio,
    journal: parts.journal,
    trustKey: parts.trustKey,
    loadItem: (key) => parts.objects.get(`spill/${key}`),
    apologyPath: parts.objects.pathOf('prompts/en-US/system-problem.wav'),
    shiftMs: parts.shiftMs,
    log: parts.log,
  })
