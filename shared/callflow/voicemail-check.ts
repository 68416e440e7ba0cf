/** Hearing a voicemail box by phone: who may, the menus, the messages (kazoo semantics §5.3). Used by both voicemail modules. */

import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { Pin, type VoicemailBox } from '../model/voicemail-box.ts'
import { isTimeZone } from '../schedule/zones.ts'
import { type CallView, end, type Outcome, wait } from './define-module.ts'
import type { CallCommandInput, CallEvent, Speech } from './vocabulary.ts'

/** PIN tries in one call, failures over all calls that lock a box, and for how long (R-146's spirit for boxes). */
const pinTriesMax = 3
const pinFailuresMax = 9
const lockMinutes = 15
/** Silent or wrong keys in a row before good-bye. */
const roundsMax = 4
const greetingSecondsMax = 120
const greetingMinMs = 1_500

export const CheckMemo = z.object({
  doing: z.enum([
    'pin',
    'new-pin',
    'new-pin-again',
    'main',
    'message',
    'configure',
    'record-greeting',
    'record-name',
    'review',
    'refusing',
  ]),
  tries: z.int().default(0),
  rounds: z.int().default(0),
  folder: z.enum(['new', 'saved']).default('new'),
  index: z.int().default(0),
  messageId: z.string().optional(),
  objectKey: z.string().optional(),
  newPin: z.string().optional(),
  /** Setting up for the first time: PIN, then greeting. */
  wizard: z.boolean().default(false),
  what: z.enum(['greeting', 'name']).default('greeting'),
})
export type CheckMemo = z.infer<typeof CheckMemo>
type Checked = Outcome<CheckMemo>

const memo = (doing: CheckMemo['doing'], more: Partial<CheckMemo> = {}): CheckMemo => ({
  tries: 0,
  rounds: 0,
  folder: 'new',
  index: 0,
  wizard: false,
  what: 'greeting',
  ...more,
  doing,
})

const keys = (parts: Speech[], digitsMax = 1, terminator = ''): CallCommandInput => ({
  type: 'gather',
  parts: parts.slice(0, 10),
  digitsMax,
  firstDigitMs: 8_000,
  nextDigitMs: 3_000,
  terminator,
})

const change = (box: VoicemailBox, set: Record<string, unknown>): CallCommandInput => ({
  type: 'change',
  fact: { kind: 'voicemail-box', id: box.id },
  set,
})

/** Begins to check a box: the owner walks in, others need the PIN, a box without one is closed to them. */
export function checkBox(box: VoicemailBox, view: CallView): Checked {
  const live = view.fact('voicemail-box', box.id)
  const owner = box.ownerId !== undefined && box.ownerId === view.callingUser?.id
  if (live.lockedUntil !== undefined && live.lockedUntil > view.at) return refuse('vm-locked')
  if (owner && !box.requirePin) return admitted(box, view)
  if ((live.pin ?? box.pin) === undefined) return refuse('vm-no-access')
  return askPin(1)
}

const refuse = (prompt: string): Checked => wait(memo('refusing'), { type: 'play', parts: [{ prompt }] })
const askPin = (tries: number, ...before: Speech[]): Checked =>
  wait(memo('pin', { tries }), keys([...before, { prompt: 'vm-enter-pin' }], 6, '#'))

function admitted(box: VoicemailBox, view: CallView): Checked {
  const live = view.fact('voicemail-box', box.id)
  if (!(live.isSetUp ?? box.isSetUp) && box.ownerId === view.callingUser?.id && box.ownerId !== undefined)
    return askNewPin(true, { prompt: 'vm-setup-intro' })
  return main(box, view)
}

const askNewPin = (wizard: boolean, ...before: Speech[]): Checked =>
  wait(memo('new-pin', { wizard }), keys([...before, { prompt: 'vm-enter-new-pin' }], 6, '#'))

function counts(box: VoicemailBox, view: CallView): Speech[] {
  const { newCount = 0, savedCount = 0 } = view.fact('voicemail-box', box.id)
  if (newCount + savedCount === 0) return [{ prompt: 'vm-no-messages' }]
  const plural = (count: number, word: string) => `${count} ${word} message${count === 1 ? '' : 's'}`
  return [
    {
      say: `You have ${[newCount > 0 ? plural(newCount, 'new') : '', savedCount > 0 ? plural(savedCount, 'saved') : ''].filter((part) => part !== '').join(' and ')}.`,
    },
  ]
}

const main = (box: VoicemailBox, view: CallView, ...before: Speech[]): Checked =>
  wait(memo('main'), keys([...before, ...counts(box, view), { prompt: 'vm-main-menu' }]))

/** Goes on after an event; what does not fit is a wrong key. */
export function checkOn(box: VoicemailBox, event: CallEvent, before: CheckMemo, view: CallView): Checked {
  if (before.doing === 'refusing') return end('completed', 'not let into the box')
  if (event.type === 'failed') return end('failed', event.reason)
  if (event.type === 'recorded') return recorded(box, event.objectKey, event.durationMs, before, view)
  const key = event.type === 'digits' ? event.digits : ''
  switch (before.doing) {
    case 'pin':
      return pin(box, key, before, view)
    case 'new-pin':
      return Pin.safeParse(key).success
        ? wait({ ...before, doing: 'new-pin-again', newPin: key }, keys([{ prompt: 'vm-enter-new-pin-again' }], 6, '#'))
        : newPinFailed(box, before, view)
    case 'new-pin-again':
      return key === before.newPin ? pinSet(box, key, before, view) : newPinFailed(box, before, view)
    case 'main':
      return mainKey(box, key, before, view)
    case 'message':
      return messageKey(box, key, before, view)
    case 'configure':
      return configureKey(box, key, before, view)
    case 'review':
      return reviewKey(box, key, before, view)
    default:
      return main(box, view)
  }
}

function pin(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  const live = view.fact('voicemail-box', box.id)
  if (live.lockedUntil !== undefined && live.lockedUntil > view.at) return refuse('vm-locked')
  if (key !== '' && key === (live.pin ?? box.pin)) return after(admitted(box, view), change(box, { pinFailures: 0 }))
  const failures = (live.pinFailures ?? 0) + 1
  const locked = failures >= pinFailuresMax
  const counted = change(
    box,
    locked
      ? { pinFailures: 0, lockedUntil: new Date(Date.parse(view.at) + lockMinutes * 60_000).toISOString() }
      : { pinFailures: failures },
  )
  if (locked)
    return after(refuse('vm-locked'), counted, {
      type: 'notify',
      what: 'alert',
      text: `Voicemail box ${box.number} is locked for ${lockMinutes} minutes after ${pinFailuresMax} wrong PINs.`,
    })
  return after(
    before.tries >= pinTriesMax ? refuse('vm-goodbye') : askPin(before.tries + 1, { prompt: 'vm-fail' }),
    counted,
  )
}

/** Commands that wait for nothing, in front of what an outcome asks for. */
const after = (outcome: Checked, ...commands: CallCommandInput[]): Checked =>
  outcome.kind === 'wait' ? { ...outcome, commands: [...commands, ...outcome.commands] } : outcome

function newPinFailed(box: VoicemailBox, before: CheckMemo, view: CallView): Checked {
  return before.rounds + 1 >= roundsMax
    ? main(box, view)
    : wait(
        memo('new-pin', { wizard: before.wizard, rounds: before.rounds + 1 }),
        keys([{ prompt: 'vm-pin-invalid' }, { prompt: 'vm-enter-new-pin' }], 6, '#'),
      )
}

function pinSet(box: VoicemailBox, newPin: string, before: CheckMemo, view: CallView): Checked {
  const next = before.wizard
    ? record(box, 'greeting', view, true, { prompt: 'vm-pin-set' })
    : main(box, view, { prompt: 'vm-pin-set' })
  return after(next, change(box, { pin: newPin, isSetUp: true, pinFailures: 0 }))
}

function record(
  box: VoicemailBox,
  what: 'greeting' | 'name',
  view: CallView,
  wizard: boolean,
  ...before: Speech[]
): Checked {
  const doing = what === 'greeting' ? 'record-greeting' : 'record-name'
  return wait(memo(doing, { what, wizard }), {
    type: 'record',
    parts: [...before, { prompt: what === 'greeting' ? 'vm-record-greeting' : 'vm-record-name' }],
    prefix: `media/${view.account.id}/voicemail-${what}-${box.id}/${view.call.callId}/`,
    secondsMax: greetingSecondsMax,
    silenceSeconds: 6,
  })
}

function recorded(
  box: VoicemailBox,
  objectKey: string,
  durationMs: number,
  before: CheckMemo,
  view: CallView,
): Checked {
  if (durationMs < greetingMinMs)
    return record(box, before.what, view, before.wizard, { prompt: 'recording-too-short' })
  return wait(memo('review', { objectKey, what: before.what, wizard: before.wizard }), keys([{ prompt: 'review' }]))
}

function reviewKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  if (key === '2' && before.objectKey !== undefined)
    return wait({ ...before, rounds: before.rounds + 1 }, keys([{ object: before.objectKey }, { prompt: 'review' }]))
  if (key === '3') return record(box, before.what, view, before.wizard)
  if (key !== '1' && key !== '' && before.rounds < roundsMax)
    return wait({ ...before, rounds: before.rounds + 1 }, keys([{ prompt: 'review' }]))
  const saved = before.what === 'greeting' ? { greetingKey: before.objectKey } : { nameKey: before.objectKey }
  return after(main(box, view, { prompt: before.wizard ? 'vm-setup-complete' : 'greeting-saved' }), change(box, saved))
}

function wrong(box: VoicemailBox, before: CheckMemo, view: CallView): Checked {
  if (before.rounds + 1 >= roundsMax) return end('completed', 'finished with voicemail')
  return wait(
    { ...before, rounds: before.rounds + 1 },
    keys(
      before.doing === 'main'
        ? [...counts(box, view), { prompt: 'vm-main-menu' }]
        : [{ prompt: before.doing === 'message' ? 'vm-message-menu' : 'vm-configure-menu' }],
    ),
  )
}

function mainKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  if (key === '1') return play(box, 'new', 0, view)
  if (key === '2') return play(box, 'saved', 0, view)
  if (key === '5') return wait(memo('configure'), keys([{ prompt: 'vm-configure-menu' }]))
  return key === '#' ? end('completed', 'finished with voicemail') : wrong(box, before, view)
}

/** "Received Tuesday, November 24 at 2:05 PM" in the box's zone. */
function envelope(box: VoicemailBox, at: string, caller: string | undefined, view: CallView): Speech {
  const wanted = box.timeZone ?? view.account.timeZone
  const local = Temporal.Instant.from(at).toZonedDateTimeISO(isTimeZone(wanted) ? wanted : 'UTC')
  const hour = local.hour % 12 === 0 ? 12 : local.hour % 12
  const minutes = local.minute === 0 ? '' : local.minute < 10 ? ` oh ${local.minute}` : ` ${local.minute}`
  const months = [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ]
  const from = caller === undefined ? '' : ` from ${caller.replace(/^\+1?/, '').split('').join(' ')}`
  return {
    say: `Received ${months[local.month - 1]} ${local.day} at ${hour}${minutes} ${local.hour < 12 ? 'A M' : 'P M'}${from}.`,
  }
}

function play(box: VoicemailBox, folder: 'new' | 'saved', index: number, view: CallView): Checked {
  const message = view.fact('voicemail-message', `${box.id}/${folder}/${index}`)
  if (message.id === undefined || message.objectKey === undefined)
    return main(box, view, { prompt: index === 0 ? (folder === 'new' ? 'vm-no-new' : 'vm-no-saved') : 'vm-no-more' })
  const heard: Speech[] =
    box.skipEnvelope || message.at === undefined ? [] : [envelope(box, message.at, message.callerNumber, view)]
  return wait(
    memo('message', { folder, index, messageId: message.id, objectKey: message.objectKey }),
    keys([...heard, { object: message.objectKey }, { prompt: 'vm-message-menu' }]),
  )
}

/** 1 keep, 2 again, 4 the one before, 6 the next, 7 delete, 9 call back, 0 to the main menu. */
function messageKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  const { folder, index, messageId } = before
  const file = (act: 'save' | 'delete'): CallCommandInput[] =>
    messageId === undefined ? [] : [{ type: 'file-message', boxId: box.id, act, messageId }]
  // A filed message leaves its folder, so the next one has the same place in it; it is told by the confirmation, then the caller goes on.
  if (key === '1')
    return after(
      folder === 'saved' ? play(box, folder, index + 1, view) : filed('vm-message-saved', before),
      ...(folder === 'new' ? file('save') : []),
    )
  if (key === '7') return after(filed('vm-message-deleted', before), ...file('delete'))
  if (key === '2') return play(box, folder, index, view)
  if (key === '4') return play(box, folder, Math.max(0, index - 1), view)
  if (key === '6') return play(box, folder, index + 1, view)
  if (key === '9') {
    const { callerNumber } = view.fact('voicemail-message', `${box.id}/${folder}/${index}`)
    return callerNumber === undefined || view.call.origin.kind === 'trunk'
      ? wrong(box, before, view)
      : { kind: 'jump', callflowId: `number:${callerNumber}`, reason: 'called back' }
  }
  if (key === '0') return after(main(box, view), ...(folder === 'new' ? file('save') : []))
  // No key leaves the message as it is.
  return key === '' ? main(box, view) : wrong(box, before, view)
}

/** Says that a message was filed and takes the key for what comes next: 6 or silence goes on with the same place. */
const filed = (prompt: string, before: CheckMemo): Checked =>
  wait(
    memo('message', { folder: before.folder, index: before.index - 1, rounds: 0 }),
    keys([{ prompt }, { prompt: 'vm-next-or-main' }]),
  )

function configureKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  if (key === '1') return record(box, 'greeting', view, false)
  if (key === '2') return record(box, 'name', view, false)
  if (key === '3') return askNewPin(false)
  return key === '0' ? main(box, view) : wrong(box, before, view)
}
