import { FeatureCode } from '../model/feature-code.ts'

type Row = readonly [id: string, code: string, takesDigits: boolean, module: string, params?: Record<string, unknown>]

/** Modules that are still to come: an account begins with their codes disabled, and dialled they say that they are not available. */
export const modulesToCome: ReadonlySet<string> = new Set(['park', 'group-pickup'])

/** Codes that wait for an administrator: one needs to know which directory, the other notes every caller, a write a call. */
const offAtFirst: ReadonlySet<string> = new Set(['directory', 'call-return'])

/**
 * The codes an account begins with, star first as dialled; `n` after the dash in the comments is what may follow. In generations:
 * accounts that were made before one get it with their next save, so a new default code goes into a new last list, never into an old one.
 */
const generations: readonly (readonly Row[])[] = [
  [
    ['voicemail-check', '*97', true, 'check-voicemail'], // *97, *97-n: box n
    ['voicemail-direct', '**', true, 'voicemail'], // **-n: leave a message in box n
    ['call-forward-on', '*72', true, 'call-forward', { action: 'on' }],
    ['call-forward-off', '*73', false, 'call-forward', { action: 'off' }],
    ['call-forward-toggle', '*74', true, 'call-forward', { action: 'toggle' }],
    ['call-forward-update', '*56', true, 'call-forward', { action: 'update' }],
    ['call-forward-busy-on', '*90', true, 'call-forward', { action: 'on', when: 'busy' }],
    ['call-forward-busy-off', '*91', false, 'call-forward', { action: 'off', when: 'busy' }],
    ['call-forward-no-answer-on', '*53', true, 'call-forward', { action: 'on', when: 'unanswered' }],
    ['call-forward-no-answer-off', '*52', false, 'call-forward', { action: 'off', when: 'unanswered' }],
    ['do-not-disturb-on', '*78', false, 'do-not-disturb', { action: 'on' }],
    ['do-not-disturb-off', '*79', false, 'do-not-disturb', { action: 'off' }],
    ['do-not-disturb-toggle', '*76', false, 'do-not-disturb', { action: 'toggle' }],
    ['hot-desk-in', '*11', false, 'hot-desk', { action: 'in' }],
    ['hot-desk-out', '*12', false, 'hot-desk', { action: 'out' }],
    ['hot-desk-toggle', '*13', false, 'hot-desk', { action: 'toggle' }],
    ['privacy', '*67', true, 'privacy'], // *67-n: call n without showing who calls
    ['intercom', '*0', true, 'intercom'], // *0-n: n's phone answers by itself
    ['park', '*3', true, 'park', { action: 'either' }], // *3-n: park in slot n, or fetch from it
    ['park-valet', '*4', false, 'park', { action: 'park' }],
    ['park-retrieve', '*5', true, 'park', { action: 'retrieve' }], // *5-n: fetch from slot n
    ['group-pickup', '*2', true, 'group-pickup'],
  ],
  [
    ['voicemail-own', '*98', false, 'check-voicemail'],
    ['follow-me-toggle', '*77', false, 'follow-me', { action: 'toggle' }],
    ['time', '*60', false, 'say-time'],
    ['sound-test', '*43', false, 'echo-test'],
    ['directory', '*411', false, 'directory'],
    ['call-return', '*69', false, 'call-return'],
  ],
]

/** The generation that a new account has. */
export const featureCodeGeneration = generations.length

const codeOf = ([id, code, takesDigits, module, params = {}]: Row): FeatureCode =>
  FeatureCode.parse({
    id,
    digits: code.slice(1),
    takesDigits,
    module,
    params,
    enabled: !modulesToCome.has(module) && !offAtFirst.has(id),
  })

/** The codes of a new account, as saved. */
export const defaultFeatureCodes: readonly FeatureCode[] = generations.flat().map(codeOf)

/** What an account that has the codes of a generation is still to get. */
export const featureCodesSince = (generation: number): FeatureCode[] => generations.slice(generation).flat().map(codeOf)

/** What telling codes apart takes. */
export type Dialling = Pick<FeatureCode, 'id' | 'digits' | 'takesDigits' | 'enabled'>

/** Codes of the default list may overlap as they come: *5-n is a parking slot, *53 a code of its own, and slots begin at 101. */
const isDefault = ({ id, digits }: Dialling): boolean =>
  defaultFeatureCodes.some((code) => code.id === id && code.digits === digits)

/** Whether digits dialled after `code` could make it `longer`: then the longer one is never what was meant, or always. */
const runsInto = (code: Dialling, longer: string): boolean =>
  code.enabled && code.takesDigits && longer !== code.digits && longer.startsWith(code.digits)

export interface CodeConflict {
  readonly with: string
  readonly message: string
}

/** Why a code cannot have its digits beside the others of the account; nothing when it can. */
export function conflictOf(code: Dialling, others: readonly Dialling[]): CodeConflict | undefined {
  for (const other of others) {
    if (other.id === code.id) continue
    if (other.digits === code.digits)
      return { with: other.id, message: `*${code.digits} is in use by ${other.id}. Choose other digits.` }
    if (!code.enabled || !other.enabled || (isDefault(code) && isDefault(other))) continue
    const [short, long] = runsInto(code, other.digits) ? [code, other] : [other, code]
    if (runsInto(short, long.digits))
      return {
        with: other.id,
        message: `*${short.digits} (${short.id}) takes further digits, so *${long.digits} (${long.id}) cannot be told from it. Choose other digits.`,
      }
  }
  return undefined
}

/** Why a callflow cannot have a star number beside the codes of the account: it would take calls from one. Disabled codes give way. */
export function starNumberConflict(number: string, codes: readonly Dialling[]): CodeConflict | undefined {
  const digits = number.slice(1)
  const taken = codes.find((code) => code.enabled && (code.digits === digits || runsInto(code, digits)))
  return taken === undefined
    ? undefined
    : {
        with: taken.id,
        message: `${number} is dialled for the feature code ${taken.id} (*${taken.digits}). Choose another number, or change the code first.`,
      }
}
