import type { Api } from './api.ts'
import { element, table } from './element.ts'

interface Registration {
  readonly deviceName: string
  readonly username: string
  readonly remoteAddress: string
  readonly transport: string
  readonly userAgent?: string
}
interface LiveCall {
  readonly at: string
  readonly from: string
  readonly to: string
  readonly direction: string
}
interface PastCall extends LiveCall {
  readonly fromName?: string
  readonly disposition: string
  readonly durationSeconds: number
}
interface Page<T> {
  readonly items: readonly T[]
}

const everyMs = 3_000
const dayMs = 86_400_000

export const timeOf = (instant: string): string =>
  new Date(instant).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
/** `3:05` */
export const durationOf = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`

/** Who is registered, who talks, and the last calls, kept current while the page is looked at. Problems are said where they happen. */
export function liveView(api: Api, onSignedOut: (error: unknown) => void): HTMLElement {
  const place = element('div', { class: 'live' }, element('p', { class: 'quiet' }, 'Looking …'))
  const update = async () => {
    if (document.hidden) return
    const now = Date.now()
    const window = new URLSearchParams({
      from: new Date(now - dayMs).toISOString(),
      to: new Date(now + dayMs).toISOString(),
      limit: '20',
    })
    try {
      const [registrations, calls, history] = await Promise.all([
        api.ask<Page<Registration>>('registrations'),
        api.ask<Page<LiveCall>>('calls'),
        api.ask<Page<PastCall>>(`cdrs?${window}`),
      ])
      place.replaceChildren(
        table(
          'Registered phones',
          ['Device', 'User name', 'Address', 'Phone'],
          registrations.items.map((one) => [
            one.deviceName,
            one.username,
            `${one.remoteAddress} (${one.transport.toUpperCase()})`,
            one.userAgent ?? '',
          ]),
          'No phone is registered. Take the credentials that npm start printed and register one.',
        ),
        table(
          'Calls in progress',
          ['Since', 'From', 'To', 'Direction'],
          calls.items.map((one) => [timeOf(one.at), one.from, one.to, one.direction]),
          'Nobody is talking.',
        ),
        table(
          'Last calls',
          ['Time', 'From', 'To', 'Result', 'Length'],
          history.items.map((one) => [
            timeOf(one.at),
            one.fromName === undefined ? one.from : `${one.fromName} (${one.from})`,
            one.to,
            one.disposition,
            durationOf(one.durationSeconds),
          ]),
          'There were no calls in the last day.',
        ),
      )
    } catch (error) {
      onSignedOut(error)
    }
  }
  void update()
  setInterval(() => void update(), everyMs)
  return place
}
