/** Hearing a voicemail box by phone: who may, then its menus (kazoo semantics §5.3). Used by both voicemail modules. */
import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, end, wait } from '../define-module.ts'
import { setFor } from '../recorded-by-phone.ts'
import type { CallEvent, Speech } from '../vocabulary.ts'
import { forwardBox, forwardKey, introduced, introductionKey } from './forward.ts'
import { mainMenu, mainMenuAgain } from './main-menu.ts'
import { after, askSecret, type Checked, type CheckMemo, change, isOwner, memo, refuse } from './memo.ts'
import { messageKey, next, playFolder } from './messages.ts'
import { askNewPin, configure, configureKey, newPin, newPinAgain, recorded, reviewKey } from './settings.ts'

/** PIN tries in one call, failures over all calls that lock a box, and for how long. */
export const pinTriesMax = 3
export const pinFailuresMax = 9
export const lockMinutes = 30

/**
 * Begins to check a box: the owner walks in, others need the PIN. Outside callers are asked for one whatever the box is, and even when
 * there is no such box (`undefined`), so that nobody learns by trying which boxes exist.
 */
export function checkBox(box: VoicemailBox | undefined, view: CallView): Checked {
  if (box === undefined) return askPin(1)
  const live = view.fact('voicemail-box', box.id)
  if (isOwner(box, view) && !box.requirePin) return admitted(box, view)
  if (isLocked(live.lockedUntil, view)) return refuse('vm-locked')
  if (setFor('pin', box, live, view) === undefined && view.call.origin.kind !== 'trunk') return refuse('vm-no-access')
  return askPin(1)
}

const isLocked = (until: string | undefined, view: CallView): boolean =>
  until !== undefined && Date.parse(until) > Date.parse(view.at)

const askPin = (tries: number, ...before: Speech[]): Checked =>
  wait(memo('pin', { tries }), askSecret([...before, { prompt: 'vm-enter-pin' }]))

/** Inside: an owner who was never here before sets the box up first. */
function admitted(box: VoicemailBox, view: CallView): Checked {
  const isSetUp = setFor('isSetUp', box, view.fact('voicemail-box', box.id), view)
  return isSetUp === true || !box.configurable || !isOwner(box, view)
    ? mainMenu(box, view)
    : askNewPin(true, { prompt: 'vm-setup-intro' })
}

/** Goes on after an event; what does not fit is a wrong key. */
export function checkOn(box: VoicemailBox | undefined, event: CallEvent, before: CheckMemo, view: CallView): Checked {
  if (before.doing === 'refusing') return end('completed', 'not let into the box')
  if (event.type === 'failed')
    // A message whose audio is gone is passed over; the others can still be heard.
    return before.doing === 'message' && box !== undefined ? next(box, before, view) : end('failed', event.reason)
  const key = event.type === 'digits' ? event.digits : ''
  if (box === undefined) return wrongPin(before)
  if (event.type === 'recorded')
    return before.doing === 'introducing' ? introduced(box, event, before, view) : recorded(box, event, before, view)
  switch (before.doing) {
    case 'pin':
      return pin(box, key, before, view)
    case 'new-pin':
      return newPin(box, key, before, view)
    case 'new-pin-again':
      return newPinAgain(box, key, before, view)
    case 'main':
      return mainKey(box, key, before, view)
    case 'message':
      return messageKey(box, key, before, view)
    case 'forward-box':
      return forwardBox(box, key, before, view)
    case 'forward-menu':
      return forwardKey(box, key, before, view)
    case 'introduction':
      return introductionKey(box, key, before, view)
    case 'configure':
      return configureKey(box, key, before, view)
    case 'review':
      return reviewKey(box, key, before, view)
    case 'introducing':
    case 'recording':
      return mainMenu(box, view)
  }
}

const wrongPin = (before: CheckMemo): Checked =>
  before.tries >= pinTriesMax ? refuse('vm-goodbye') : askPin(before.tries + 1, { prompt: 'vm-fail' })

/** Failures are counted over all calls, also those of one moment: guessing costs a lock and tells people. */
function pin(box: VoicemailBox, entered: string, before: CheckMemo, view: CallView): Checked {
  const live = view.fact('voicemail-box', box.id)
  if (isLocked(live.lockedUntil, view)) return refuse('vm-locked')
  if (entered !== '' && entered === setFor('pin', box, live, view))
    return after(admitted(box, view), change(box, { pinFailures: 0 }))
  if ((live.pinFailures ?? 0) + 1 < pinFailuresMax) return after(wrongPin(before), change(box, {}, { pinFailures: 1 }))
  const lockedUntil = new Date(Date.parse(view.at) + lockMinutes * 60_000).toISOString()
  return after(refuse('vm-locked'), change(box, { pinFailures: 0, lockedUntil }), {
    type: 'notify',
    what: 'alert',
    text: `Voicemail box ${box.number} is locked for ${lockMinutes} minutes after ${pinFailuresMax} wrong PINs.`,
  })
}

/** 1 new messages, 2 saved ones, 5 settings where they are not locked, # leaves. */
function mainKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  if (key === '1') return playFolder(box, 'new', view)
  if (key === '2') return playFolder(box, 'saved', view)
  if (key === '5' && box.configurable) return configure()
  return key === '#' ? end('completed', 'finished with voicemail') : mainMenuAgain(box, before, view)
}
