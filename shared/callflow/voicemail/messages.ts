/** Hearing messages one after another. */
import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { messageEnvelope } from '../../prompts/sentences.ts'
import { type CallView, jump, wait } from '../define-module.ts'
import type { CallCommandInput, FactKey, Speech } from '../vocabulary.ts'
import { again, mainMenu } from './main-menu.ts'
import { after, type Checked, type CheckMemo, filedMax, keys, languageOf, memo } from './memo.ts'

type Folder = CheckMemo['folder']

interface Listed {
  readonly index: number
  readonly id: string
  readonly objectKey: string
  readonly at: string | undefined
  readonly callerNumber: string | undefined
}

/** The address of the nth message in playing order: the store counts from the newest. */
function placeOf(box: VoicemailBox, folder: Folder, index: number, view: CallView): number {
  if (!box.oldestFirst) return index
  const { newCount = 0, savedCount = 0 } = view.fact('voicemail-box', box.id)
  return (folder === 'new' ? newCount : savedCount) - 1 - index
}

/**
 * Messages around a place, in playing order, all of one instant, without those that were just filed. A message that was filed may or may
 * not have left its folder yet, so places shift by as many as were filed: the window is that much wider.
 */
function around(box: VoicemailBox, folder: Folder, index: number, filed: readonly string[], view: CallView): Listed[] {
  const from = Math.max(0, index - filed.length - 1)
  const places = Array.from({ length: index + filed.length + 2 - from }, (_, offset) => {
    const place = placeOf(box, folder, from + offset, view)
    return {
      index: from + offset,
      key: { kind: 'voicemail-message', id: `${box.id}/${folder}/${place}` } as const,
      place,
    }
  }).filter(({ place }) => place >= 0)
  view.facts(places.map(({ key }): FactKey => key))
  return places.flatMap(({ index, key }) => {
    const { id, objectKey, at, callerNumber } = view.fact(key.kind, key.id)
    return id === undefined || objectKey === undefined || filed.includes(id)
      ? []
      : [{ index, id, objectKey, at, callerNumber }]
  })
}

/** Plays the message with an id, or the first one of the folder; the main menu when there is none. */
function play(
  box: VoicemailBox,
  wanted: {
    readonly folder: Folder
    readonly near: number
    readonly id?: string | undefined
    readonly filed: string[]
  },
  view: CallView,
  ...before: Speech[]
): Checked {
  const { folder, near, id, filed } = wanted
  const listed = around(box, folder, near, filed, view)
  const at = id === undefined ? 0 : listed.findIndex((message) => message.id === id)
  // Somebody else who checks the box may have filed it meanwhile: go on with what is at its place.
  const position = at >= 0 ? at : listed.findIndex((message) => message.index >= near)
  const message = listed[position]
  if (message === undefined) return mainMenu(box, view, ...before, { prompt: noneLeft(id, folder) })
  return wait(
    memo('message', {
      folder,
      index: message.index,
      messageId: message.id,
      nextId: listed[position + 1]?.id,
      previousId: listed[position - 1]?.id,
      callerNumber: message.callerNumber,
      filed,
    }),
    keys([...before, ...envelope(box, message, view), { object: message.objectKey }, { prompt: 'vm-message-menu' }]),
  )
}

const noneLeft = (id: string | undefined, folder: Folder): string =>
  id !== undefined ? 'vm-no-more' : folder === 'new' ? 'vm-no-new' : 'vm-no-saved'

function envelope(box: VoicemailBox, { index, at, callerNumber }: Listed, view: CallView): Speech[] {
  if (box.skipEnvelope || at === undefined) return []
  const zone = box.timeZone ?? view.account.timeZone
  return [{ say: messageEnvelope({ number: index + 1, at, from: callerNumber }, zone, languageOf(view)) }]
}

export const playFolder = (box: VoicemailBox, folder: Folder, view: CallView): Checked =>
  play(box, { folder, near: 0, filed: [] }, view)

/** The next message, or the main menu after the last. */
export function next(box: VoicemailBox, before: CheckMemo, view: CallView, ...said: Speech[]): Checked {
  const { folder, index, nextId, filed } = before
  return nextId === undefined
    ? mainMenu(box, view, ...said, { prompt: 'vm-no-more' })
    : play(box, { folder, near: index + 1, id: nextId, filed }, view, ...said)
}

function previous(box: VoicemailBox, before: CheckMemo, view: CallView): Checked {
  const { folder, index, messageId, previousId, filed } = before
  return previousId === undefined
    ? play(box, { folder, near: index, id: messageId, filed }, view, { prompt: 'vm-no-earlier' })
    : play(box, { folder, near: Math.max(0, index - 1), id: previousId, filed }, view)
}

/** Files the message that was heard and goes on with the next. */
function file(box: VoicemailBox, act: 'save' | 'delete', before: CheckMemo, view: CallView, prompt: string): Checked {
  const filed = (before.messageId === undefined ? before.filed : [...before.filed, before.messageId]).slice(-filedMax)
  return after(next(box, { ...before, filed }, view, { prompt }), ...filing(box, act, before))
}

const filing = (box: VoicemailBox, act: 'save' | 'delete', { messageId }: CheckMemo): CallCommandInput[] =>
  messageId === undefined ? [] : [{ type: 'file-message', boxId: box.id, act, messageId }]

/** 1 keep, 2 again, 4 the one before, 6 the next, 7 delete, 9 call back, 0 to the main menu. */
export function messageKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  const { folder, index, messageId, filed, callerNumber } = before
  switch (key) {
    case '1':
      return folder === 'new'
        ? file(box, 'save', before, view, 'vm-message-saved')
        : next(box, before, view, { prompt: 'vm-message-saved' })
    case '2':
      return play(box, { folder, near: index, id: messageId, filed }, view)
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
