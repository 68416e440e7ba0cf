import { listAccounts } from '@offhook/shared/api/accounts.ts'
import { listCalls, listRegistrations } from '@offhook/shared/api/calls.ts'
import { listCdrs } from '@offhook/shared/api/cdrs.ts'
import type { Contract } from '@offhook/shared/api/contract.ts'
import type { Api, SignedOut } from './api.ts'
import { callDetails } from './call-details.ts'
import { element, type Panel } from './element.ts'
import { liveTable, type Row } from './live-table.ts'
import { messagesTable } from './messages-table.ts'
import { askAll, repeat } from './repeat.ts'
import { dayAndTimeOf, durationOf, partyOf, spoken, timeOf } from './words.ts'

const everyMs = 3_000

/** A table of the page: shown to those who may ask for what is in it. */
export interface Section {
  readonly may: Contract['may']
  readonly element: HTMLElement
  update(): Promise<void>
}

function section(
  may: Contract['may'],
  [caption, heads, none]: readonly [caption: string, heads: readonly string[], none: string],
  rows: () => Promise<Row[]>,
): Section {
  const table = liveTable(caption, heads, none)
  return { may, element: table.element, update: async () => table.show(await rows()) }
}

const accounts = (api: Api): Section =>
  section(listAccounts.may, ['Accounts', ['Name', 'Address'], 'There are no accounts.'], async () =>
    (await api.ask(listAccounts, { query: { limit: 100 } })).items.map(({ id, name, address }) => ({
      key: id,
      cells: [name, () => element('a', { href: `/${address}/` }, `/${address}/`)],
    })),
  )

const registrations = (api: Api): Section =>
  section(
    listRegistrations.may,
    ['Registered phones', ['Person', 'Device', 'User name', 'Address', 'Phone'], 'No phone is registered.'],
    async () =>
      (await api.ask(listRegistrations, { query: { limit: 100 } })).items.map((one) => ({
        key: `${one.username} ${one.id}`,
        cells: [
          one.ownerName ?? '–',
          one.deviceName,
          one.username,
          `${one.remoteAddress} (${one.transport.toUpperCase()})`,
          one.userAgent ?? '',
        ],
      })),
  )

const calls = (api: Api): Section =>
  section(listCalls.may, ['Calls in progress', ['Since', 'From', 'To', 'Direction'], 'Nobody is talking.'], async () =>
    (await api.ask(listCalls)).items.map(({ callId, at, from, to, direction }) => ({
      key: callId,
      cells: [timeOf(at), from, to, direction],
    })),
  )

/** The server says which day it is: its clock, or the one calls were given, need not be the browser's. */
const history = (api: Api): Section =>
  section(
    listCdrs.may,
    [
      'Last calls',
      ['Time', 'Direction', 'From', 'To', 'Result', 'Length', 'Sound'],
      'There were no calls in the last day.',
    ],
    async () =>
      (await api.ask(listCdrs, { query: { limit: 20 } })).items.map((one) => ({
        key: one.callId,
        cells: [
          dayAndTimeOf(one.at),
          one.direction,
          partyOf(one.from, one.fromName),
          one.to,
          spoken(one.disposition),
          durationOf(one.durationSeconds),
          () => callDetails(api, one.callId),
        ],
      })),
  )

export interface Hearing {
  /** What is wrong at the moment, or that all is well again. */
  readonly onProblem: (problem: string | undefined) => void
  readonly onSignedOut: (error: SignedOut) => void
}

/** What the person may see, kept current while the page is looked at. */
export function liveView(api: Api, permissions: readonly string[], { onProblem, onSignedOut }: Hearing): Panel {
  const sections = [accounts, registrations, calls, history, messagesTable]
    .map((make) => make(api))
    .filter(({ may }) => permissions.includes(may))
  const stop = repeat(everyMs, async () => {
    const outcome = await askAll(sections.map((one) => () => one.update()))
    if ('signedOut' in outcome) onSignedOut(outcome.signedOut)
    else onProblem(outcome.problem)
  })
  return { element: element('div', { class: 'live' }, ...sections.map((one) => one.element)), stop }
}
