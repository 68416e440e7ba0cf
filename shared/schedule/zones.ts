import { Temporal } from 'temporal-polyfill'
import type { EpochDay } from './calendar.ts'

/** How far a zone is from UTC, and the instants between which that holds (`toMs` exclusive), ms since 1970. */
export interface OffsetSpan {
  readonly offsetMs: number
  readonly fromMs: number
  readonly toMs: number
}

/** Where zone law comes from. The platform's own by default; another one shows what a change of the law does. */
export interface ZoneDatabase {
  /** `undefined` for a zone it does not know. */
  spanAt(zone: string, atMs: number): OffsetSpan | undefined
}

/** Zones remembered, and spans of each: calls cluster around now. Both start over when full. */
const zonesMax = 600
const spansMax = 16
const remembered = new Map<string, OffsetSpan[]>()

function lookUp(zone: string, atMs: number): OffsetSpan | undefined {
  try {
    const now = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone)
    const next = now.getTimeZoneTransition('next')
    return {
      offsetMs: now.offsetNanoseconds / 1_000_000,
      // Not before this instant is all that is known without asking for the transition before, which costs as much again.
      fromMs: atMs,
      toMs: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Zone law of the machine this runs on. Asking again about the same half-year costs a comparison or two. */
export const platformZones: ZoneDatabase = {
  spanAt(zone, atMs) {
    const spans = remembered.get(zone) ?? []
    const index = spans.findIndex((span) => span.toMs > atMs && span.fromMs <= atMs)
    if (index >= 0) return spans[index]
    const found = lookUp(zone, atMs)
    if (found === undefined) return undefined
    if (remembered.size >= zonesMax) remembered.clear()
    const same = spans.findIndex((span) => span.toMs === found.toMs)
    // Two instants before the same transition are in the same span: it only begins earlier than was known.
    if (same >= 0) spans[same] = found
    else if (spans.length >= spansMax) spans.splice(0, spans.length, found)
    else spans.push(found)
    remembered.set(zone, spans)
    return found
  },
}

const utc: OffsetSpan = { offsetMs: 0, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

/** True for a zone that can be used. Saved documents are checked with it. */
export const isTimeZone = (zone: string): boolean => platformZones.spanAt(zone, 0) !== undefined

/** The span an instant is in. A zone that the database has lost (an old import) must not stop calls: UTC stands in. */
export const spanAt = (zones: ZoneDatabase, zone: string, atMs: number): OffsetSpan => zones.spanAt(zone, atMs) ?? utc

const dayMs = 86_400_000

/** What clocks on the wall show in a zone: the day, and the time of day in milliseconds. */
export interface WallClock {
  readonly day: EpochDay
  readonly ms: number
}

/** The wall clock of a local time given in ms since 1970-01-01 local. */
export function wallClockOf(localMs: number): WallClock {
  const day = Math.floor(localMs / dayMs)
  return { day, ms: localMs - day * dayMs }
}

/** The wall clock of a zone at an instant. */
export const wallClock = (zones: ZoneDatabase, zone: string, atMs: number): WallClock =>
  wallClockOf(atMs + spanAt(zones, zone, atMs).offsetMs)
