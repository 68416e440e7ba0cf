import type { LegMedia, LegNote } from '@offhook/shared/model/leg-note.ts'

/** Opinion scores down to which a line is called so (ITU-T G.107 Annex B: satisfied, some, many, nearly all dissatisfied). */
const grades = [
  [4.0, 'sounded good'],
  [3.6, 'sounded fair'],
  [3.1, 'sounded poor'],
  [0, 'sounded bad'],
] as const

const unreachable: Readonly<Record<string, string>> = {
  unregistered: 'no phone is registered',
  'no-trunk': 'no trunk leads there',
  failed: 'the call could not be placed',
}

const nameOf = ({ role, address }: LegNote): string => (role === 'caller' ? `The caller (${address})` : address)

function soundOf(leg: LegNote, media: LegMedia): string[] {
  const name = nameOf(leg)
  if (media.oneWay === 'not-heard') return [`${name} was not heard: no audio came from there.`]
  if (media.oneWay === 'hears-nothing') return [`${name} heard nothing: no audio went there.`]
  if (media.packetsReceived === 0) return [`${name} was connected for ${media.seconds} s; no audio came in that time.`]
  const grade = grades.find(([least]) => media.mos >= least)?.[1] ?? 'sounded bad'
  const figures = [
    `quality ${media.mos.toFixed(1)} of 4.5`,
    `${media.lossPercent} % lost`,
    `jitter ${Math.round(media.jitterMs)} ms`,
    ...(media.roundTripMs === undefined ? [] : [`round trip ${Math.round(media.roundTripMs)} ms`]),
    media.codec,
  ]
  const there =
    media.farEnd === undefined
      ? []
      : [`There, ${media.farEnd.lossPercent} % was lost, jitter ${Math.round(media.farEnd.jitterMs)} ms.`]
  return [`${name} ${grade}: ${figures.join(', ')}.`, ...there]
}

function unanswered(leg: LegNote): string {
  const name = nameOf(leg)
  if (leg.sipCallId === undefined) return `${name} could not be rung: ${unreachable[leg.reason] ?? leg.reason}.`
  if (leg.role === 'caller')
    return leg.endedBy === 'far-end' ? `${name} gave up.` : `${name} was refused: ${leg.sipStatus} ${leg.reason}.`
  if (/completed elsewhere/i.test(leg.reason)) return `${name} was rung; somebody else was faster.`
  if (/caller gave up/i.test(leg.reason)) return `${name} was rung until the caller gave up.`
  if (leg.sipStatus === 487) return `${name} was rung and did not answer.`
  return `${name} did not take the call: ${leg.sipStatus} ${leg.reason}.`
}

/** What an administrator wants to know of a leg, in sentences. */
export function legWords(leg: LegNote): string[] {
  if (leg.answeredAt === undefined) return [unanswered(leg)]
  return leg.media === undefined ? [`${nameOf(leg)} was connected, without figures.`] : soundOf(leg, leg.media)
}

/** The same of a whole call. `undefined` is what people see who may not be told. */
export function callWords(legs: readonly LegNote[] | undefined): string[] {
  if (legs === undefined) return ['An administrator can see how this call sounded.']
  return legs.length === 0 ? ['Nothing was noted of this call.'] : legs.flatMap(legWords)
}
