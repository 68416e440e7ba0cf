import { forcedOf, type LiveForced, type ScheduleBranch } from './decide.ts'
import { dayMinutes, isOnAt, type Rule, ruleOf } from './occurrence.ts'
import { platformZones, spanAt, wallClockOf, type ZoneDatabase } from './zones.ts'

const minuteMs = 60_000
const dayMs = dayMinutes * minuteMs

/** How far ahead is looked: a rule that stays as it is for longer counts as having no boundary. */
export const boundaryDaysMax = 3_660

/**
 * The first instant after `at` when one of the rules goes on or off, ISO 8601, or `undefined` when none does within ten years. Between
 * two boundaries a decision is the same, but for what is forced by phone: the prover and the simulator need ask only once for each.
 */
export function nextBoundary(
  branches: readonly ScheduleBranch[],
  at: string,
  zone: string,
  live: LiveForced = new Map(),
  zones: ZoneDatabase = platformZones,
): string | undefined {
  const atMs = Date.parse(at)
  let nextMs = atMs + boundaryDaysMax * dayMs
  const horizonMs = nextMs
  for (const schedule of branches.flatMap((branch) => branch.schedules)) {
    if (forcedOf(schedule, live) !== undefined) continue
    nextMs = Math.min(nextMs, changeAfter(ruleOf(schedule), schedule.timeZone ?? zone, atMs, nextMs, zones))
  }
  return nextMs < horizonMs ? new Date(nextMs).toISOString() : undefined
}

/**
 * When a rule next goes on or off, at most `untilMs`. Between two changes of the zone's offset local time runs straight, so only the
 * edges of its windows matter there; at a change of the offset the wall clock jumps, and may jump in or out of a window.
 */
function changeAfter(rule: Rule, zone: string, atMs: number, untilMs: number, zones: ZoneDatabase): number {
  let fromMs = atMs
  let { offsetMs, toMs } = spanAt(zones, zone, fromMs)
  const isOn = isOnAt(rule, wallClockOf(fromMs + offsetMs))
  while (fromMs < untilMs) {
    const endMs = Math.min(toMs, untilMs)
    const edge = edgeBetween(rule, isOn, fromMs + offsetMs, endMs + offsetMs)
    if (edge !== undefined) return edge - offsetMs
    if (toMs >= untilMs) return untilMs
    fromMs = toMs
    ;({ offsetMs, toMs } = spanAt(zones, zone, fromMs))
    if (isOnAt(rule, wallClockOf(fromMs + offsetMs)) !== isOn) return fromMs
  }
  return untilMs
}

/** The first edge between two local times, in ms, after which the rule is not as it was. */
function edgeBetween(rule: Rule, isOn: boolean, fromMs: number, toMs: number): number | undefined {
  const lastDay = Math.min(Math.floor(toMs / dayMs), rule.lastDay)
  for (let day = Math.max(Math.floor(fromMs / dayMs) - 1, rule.firstDay); day <= lastDay; day += 1) {
    if (!rule.occursOn(day)) continue
    const edge = day * dayMs + (isOn ? rule.to : rule.from) * minuteMs
    // A window that ends where the next begins is no edge.
    if (edge > fromMs && edge < toMs && isOnAt(rule, wallClockOf(edge)) !== isOn) return edge
  }
  return undefined
}
