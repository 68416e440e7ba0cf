/** Hearing messages one after another. */
import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { messageEnvelope } from '../../prompts/sentences.ts'
import { type CallView, jump, wait } from '../define-module.ts'
import { languageOf } from '../language.ts'
import type { CallCommandInput, FactKey, Speech } from '../vocabulary.ts'
import { askForwardBox } from './forward.ts'
import { again, mainMenu } from './main-menu.ts'
import { after, type Checked, type CheckMemo, filedMax, keys, memo } from './memo.ts'

type Folder = CheckMemo['folder']

interface Listed {
  readonly index: number
  readonly id: string
  readonly objectKey: string
  readonly at: string | undefined
  readonly callerNumber: string | undefined
  readonly forwardedBy: string | undefined
}

/**
 * Messages around a place, in playing order, all of one instant, without those that were just filed. A message that was filed may or may
 * not have left its folder yet, so places shift by as many as were filed: the window is that much wider.
 */
function around(box: VoicemailBox, folder: Folder, index: number, filed: readonly string[], view: CallView): Listed[] {
  const from = Math.max(0, index - filed.length - 1)
  const places = Array.from({ length: index + filed.length + 2 - from }, (_, offset) => from + offset)
  const idOf = (place: number) => `${box.id}/${folder}/${place}`
  view.facts(places.map((place): FactKey => ({ kind: 'voicemail-message', id: idOf(place) })))
  return places.flatMap((place) => {
    const { id, objectKey, at, callerNumber, forwardedBy } = view.fact('voicemail-message', idOf(place))
    return id === undefined || objectKey === undefined || filed.includes(id)
      ? []
      : [{ index: place, id, objectKey, at, callerNumber, forwardedBy }]
  })
}

/** Which message to play: by id, where it was last seen, or the first of the folder; and what has been filed so far. */
type Wanted = Pick<CheckMemo, 'folder' | 'index' | 'number' | 'filed' | 'messageId'>

/** Plays a message, or goes to the main menu when there is none. */
function play(box: VoicemailBox, wanted: Wanted, view: CallView, ...before: Speech[]): Checked {
  const { folder, index, number, filed, messageId } = wanted
  const listed = around(box, folder, index, filed, view)
  const at = messageId === undefined ? 0 : listed.findIndex((message) => message.id === messageId)
  // Somebody else who checks the box may have filed it meanwhile: go on with what is at its place.
  const position = at >= 0 ? at : listed.findIndex((message) => message.index >= index)
  const message = listed[position]
  if (message === undefined) return mainMenu(box, view, ...before, { prompt: noneLeft(wanted) })
  return wait(
    memo('message', {
      folder,
      index: message.index,
      number,
      messageId: message.id,
      nextId: listed[position + 1]?.id,
      previousId: listed[position - 1]?.id,
      callerNumber: message.callerNumber,
      filed,
    }),
    keys([
      ...before,
      ...envelope(box, number, message, view),
      { object: message.objectKey },
      { prompt: 'vm-message-menu' },
    ]),
  )
}

const noneLeft = ({ messageId, folder }: Wanted): string =>
  messageId !== undefined ? 'vm-no-more' : folder === 'new' ? 'vm-no-new' : 'vm-no-saved'

function envelope(
  box: VoicemailBox,
  number: number,
  { at, callerNumber, forwardedBy }: Listed,
  view: CallView,
): Speech[] {
  if (box.skipEnvelope || at === undefined) return []
  const zone = box.timeZone ?? view.account.timeZone
  return [{ say: messageEnvelope({ number, at, from: callerNumber, forwardedBy }, zone, languageOf(view)) }]
}

export const playFolder = (box: VoicemailBox, folder: Folder, view: CallView): Checked =>
  play(box, { folder, index: 0, number: 1, filed: [], messageId: undefined }, view)

/** The next message, or the main menu after the last. */
export function next(box: VoicemailBox, before: CheckMemo, view: CallView, ...said: Speech[]): Checked {
  const { index, number, nextId } = before
  return nextId === undefined
    ? mainMenu(box, view, ...said, { prompt: 'vm-no-more' })
    : play(box, { ...before, index: index + 1, number: number + 1, messageId: nextId }, view, ...said)
}

function previous(box: VoicemailBox, before: CheckMemo, view: CallView): Checked {
  const { index, number, previousId } = before
  return previousId === undefined
    ? play(box, before, view, { prompt: 'vm-no-earlier' })
    : play(box, { ...before, index: Math.max(0, index - 1), number: number - 1, messageId: previousId }, view)
}

/** Files the message that was heard and goes on with the next. */
function file(box: VoicemailBox, act: 'save' | 'delete', before: CheckMemo, view: CallView, prompt: string): Checked {
  const filed = (before.messageId === undefined ? before.filed : [...before.filed, before.messageId]).slice(-filedMax)
  return after(next(box, { ...before, filed }, view, { prompt }), ...filing(box, act, before))
}

const filing = (box: VoicemailBox, act: 'save' | 'delete', { messageId }: CheckMemo): CallCommandInput[] =>
  messageId === undefined ? [] : [{ type: 'file-message', boxId: box.id, act, messageId }]

/** 1 keep, 2 again, 3 forward, 4 the one before, 6 the next, 7 delete, 9 call back, 0 to the main menu. */
export function messageKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  const { folder, callerNumber } = before
  switch (key) {
    case '1':
      return folder === 'new'
        ? file(box, 'save', before, view, 'vm-message-saved')
        : next(box, before, view, { prompt: 'vm-message-saved' })
    case '2':
      return play(box, before, view)
    case '3':
      return askForwardBox({ ...before, rounds: 0, toBoxIds: [] })
    case '4':
      return previous(box, before, view)
    case '6':
      return next(box, before, view)
    case '7':
      return file(box, 'delete', before, view, 'vm-message-deleted')
    case '9':
      // Only from a phone of the account: a stranger with a PIN must not place calls at its cost.
      return callerNumber === undefined || view.call.origin.kind === 'trunk'
        ? again(before, { prompt: 'not-available' }, { prompt: 'vm-message-menu' })
        : jump(`number:${callerNumber}`, 'called back')
    case '0':
      // A message left by this key has been heard; one left in silence stays new.
      return after(mainMenu(box, view), ...(folder === 'new' ? filing(box, 'save', before) : []))
    case '':
      return mainMenu(box, view)
    default:
      return again(before, { prompt: 'vm-message-menu' })
  }
}
