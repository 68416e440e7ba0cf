/** What an owner changes by phone: PIN, greetings, name. */
import { Pin, type VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, wait } from '../define-module.ts'
import { type RecordableName, recordedFact, setFact, setFor } from '../recorded-by-phone.ts'
import type { Speech } from '../vocabulary.ts'
import { again, mainMenu } from './main-menu.ts'
import { after, askSecret, type Checked, type CheckMemo, change, keys, memo, roundsMax } from './memo.ts'
import { reviewChoice } from './review.ts'

/** Longest greeting, seconds; shorter than the least is taken for a slip, ms. */
const greetingSecondsMax = 120
const greetingMinMs = 1_500
/** Silence that ends a greeting, seconds. */
const silenceSeconds = 6

export const askNewPin = (wizard: boolean, ...before: Speech[]): Checked =>
  wait(memo('new-pin', { wizard }), askSecret([...before, { prompt: 'vm-enter-new-pin' }]))

/** PINs that are tried first by those who guess: one digit over and over, or the number of the box. */
const isGuessable = (pin: string, box: VoicemailBox): boolean => /^(\d)\1*$/.test(pin) || pin === box.number

export function newPin(box: VoicemailBox, entered: string, before: CheckMemo, view: CallView): Checked {
  if (!Pin.safeParse(entered).success || isGuessable(entered, box)) return newPinRefused(box, before, view)
  return wait(
    memo('new-pin-again', { wizard: before.wizard, rounds: before.rounds, newPin: entered }),
    askSecret([{ prompt: 'vm-enter-new-pin-again' }]),
  )
}

export function newPinAgain(box: VoicemailBox, entered: string, before: CheckMemo, view: CallView): Checked {
  if (entered !== before.newPin) return newPinRefused(box, before, view)
  const said: Speech = { prompt: 'vm-pin-set' }
  return after(
    before.wizard ? record(box, 'name', view, { wizard: true }, said) : mainMenu(box, view, said),
    change(box, { ...setFact('pin', entered), pinFailures: 0 }),
  )
}

const newPinRefused = (box: VoicemailBox, before: CheckMemo, view: CallView): Checked =>
  before.rounds + 1 >= roundsMax
    ? mainMenu(box, view)
    : wait(
        memo('new-pin', { wizard: before.wizard, rounds: before.rounds + 1 }),
        askSecret([{ prompt: 'vm-pin-invalid' }, { prompt: 'vm-enter-new-pin' }]),
      )

const asked = {
  greeting: 'vm-record-greeting',
  temporary: 'vm-record-temporary',
  name: 'vm-record-name',
} as const

function record(
  box: VoicemailBox,
  what: CheckMemo['what'],
  view: CallView,
  { wizard, rounds = 0 }: { readonly wizard: boolean; readonly rounds?: number },
  ...before: Speech[]
): Checked {
  return wait(memo('recording', { what, wizard, rounds }), {
    type: 'record',
    parts: [...before, { prompt: asked[what] }],
    prefix: `media/${view.account.id}/voicemail-${what}-${box.id}/${view.call.callId}/`,
    secondsMax: greetingSecondsMax,
    silenceSeconds,
  })
}

export function recorded(
  box: VoicemailBox,
  { objectKey, durationMs }: { readonly objectKey: string; readonly durationMs: number },
  before: CheckMemo,
  view: CallView,
): Checked {
  const { what, wizard, rounds } = before
  if (durationMs >= greetingMinMs && objectKey !== '')
    return wait(memo('review', { objectKey, what, wizard }), keys([{ prompt: 'review' }]))
  // Who says nothing again and again is asked no more: a phone left off the hook would be recorded for hours.
  return rounds + 1 >= roundsMax
    ? mainMenu(box, view)
    : record(box, what, view, { wizard, rounds: rounds + 1 }, { prompt: 'recording-too-short' })
}

/** Only a key keeps a greeting: one that nobody listened to may be six seconds of an empty room. */
export function reviewKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  const { objectKey, what, wizard } = before
  const choice = reviewChoice(key, 0)
  if (choice === 'again' || objectKey === undefined) return record(box, what, view, { wizard })
  if (choice === 'listen') return wait({ ...before, rounds: 0 }, keys([{ object: objectKey }, { prompt: 'review' }]))
  if (choice === 'ask') return again(before, { prompt: 'review' })
  return after(kept(box, before, view), change(box, recordedFact(what, objectKey)))
}

/** After the name the wizard asks for the greeting, and with that the box is set up. */
function kept(box: VoicemailBox, { what, wizard }: CheckMemo, view: CallView): Checked {
  if (!wizard) return mainMenu(box, view, { prompt: 'greeting-saved' })
  return what === 'name'
    ? record(box, 'greeting', view, { wizard })
    : after(mainMenu(box, view, { prompt: 'vm-setup-complete' }), change(box, setFact('isSetUp', true)))
}

export const configure = (...before: Speech[]): Checked =>
  wait(memo('configure'), keys([...before, { prompt: 'vm-configure-menu' }]))

/** 1 greeting, 2 name, 3 PIN, 4 temporary greeting, 5 delete it, 6 messages or none, 7 delete the greeting, 8 the name, 0 to the main menu. */
export function configureKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  switch (key) {
    case '1':
      return record(box, 'greeting', view, { wizard: false })
    case '2':
      return record(box, 'name', view, { wizard: false })
    case '3':
      return askNewPin(false)
    case '4':
      return record(box, 'temporary', view, { wizard: false })
    case '5':
      return deleted(box, 'temporary', 'vm-temporary-deleted')
    case '6':
      return announcing(box, view)
    case '7':
      return deleted(box, 'greeting', 'vm-greeting-deleted')
    case '8':
      return deleted(box, 'name', 'vm-name-deleted')
    case '0':
      return mainMenu(box, view)
    default:
      return again(before, { prompt: 'vm-configure-menu' })
  }
}

const deleted = (box: VoicemailBox, what: RecordableName, prompt: string): Checked =>
  after(configure({ prompt }), change(box, recordedFact(what, '')))

/** Takes messages, or plays its greeting and no more: the other way round from now on. */
function announcing(box: VoicemailBox, view: CallView): Checked {
  const isOn = !setFor('announcementOnly', box, view.fact('voicemail-box', box.id), view)
  return after(
    configure({ prompt: isOn ? 'vm-announcement-on' : 'vm-announcement-off' }),
    change(box, setFact('announcementOnly', isOn)),
  )
}
