import { FeatureCode } from '../model/feature-code.ts'

type Row = readonly [id: string, code: string, takesDigits: boolean, module: string, params?: Record<string, unknown>]

/** Modules that are still to come: an account begins with their codes disabled, and dialled they say that they are not available. */
const toCome: ReadonlySet<string> = new Set(['park', 'group-pickup'])

/** The codes an account begins with, star first as dialled; `n` after the dash in the comments is what may follow. */
const rows: readonly Row[] = [
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
]

/** The codes of a new account, as saved. */
export const defaultFeatureCodes: readonly FeatureCode[] = rows.map(([id, code, takesDigits, module, params = {}]) =>
  FeatureCode.parse({
    id,
    digits: code.slice(1),
    takesDigits,
    module,
    params,
    enabled: !toCome.has(module),
  }),
)
