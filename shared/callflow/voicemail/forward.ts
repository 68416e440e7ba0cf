/** Sending a message on to other boxes, as it is or behind an introduction (kazoo semantics §5.3). */
import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, wait } from '../define-module.ts'
import type { Speech } from '../vocabulary.ts'
import { boxByNumber, boxDigitsMax } from './box-by-number.ts'
import { isFull } from './full.ts'
import { again } from './main-menu.ts'
import { after, type Checked, type CheckMemo, forwardBoxesMax, keys, roundsMax } from './memo.ts'

/** Longest introduction, seconds; shorter than the least, ms, is taken for a slip. */
const introductionSecondsMax = 120
const introductionMinMs = 1_500
/** Silence that ends an introduction, seconds. */
const silenceSeconds = 6

/** Back at the message, without hearing all of it again. */
const backToMessage = (before: CheckMemo, prompt: string): Checked =>
  wait(
    { ...before, doing: 'message', rounds: 0, toBoxIds: [], objectKey: undefined },
    keys([{ prompt }, { prompt: 'vm-message-menu' }]),
  )

export const askForwardBox = (before: CheckMemo, ...said: Speech[]): Checked =>
  wait({ ...before, doing: 'forward-box' }, keys([...said, { prompt: 'vm-forward-enter-box' }], boxDigitsMax))

/** Why a box cannot be sent to; nothing when it can. */
function problemOf(box: VoicemailBox, target: VoicemailBox | undefined, view: CallView): string | undefined {
  if (target === undefined || target.id === box.id) return 'vm-forward-no-box'
  return target.announcementOnly || isFull(target, view) ? 'vm-forward-full' : undefined
}

/** The number of a box was keyed in. Saying nothing goes back to the message. */
export function forwardBox(box: VoicemailBox, entered: string, before: CheckMemo, view: CallView): Checked {
  if (entered === '') return backToMessage(before, 'vm-forward-cancelled')
  const target = boxByNumber(view, entered)
  const problem = problemOf(box, target, view)
  if (problem !== undefined || target === undefined)
    return before.rounds + 1 >= roundsMax
      ? backToMessage(before, 'vm-forward-cancelled')
      : askForwardBox({ ...before, rounds: before.rounds + 1 }, { prompt: problem ?? 'vm-forward-no-box' })
  const toBoxIds = [...new Set([...before.toBoxIds, target.id])]
  return forwardMenu({ ...before, rounds: 0, toBoxIds }, view)
}

/** Says who will get it, so that nothing goes astray, and asks how. */
const forwardMenu = (before: CheckMemo, view: CallView): Checked =>
  wait(
    { ...before, doing: 'forward-menu' },
    keys([{ prompt: 'vm-forward-to' }, { say: namesOf(before, view) }, { prompt: 'vm-forward-menu' }]),
  )

const namesOf = ({ toBoxIds }: CheckMemo, view: CallView): string =>
  view
    .findAll('voicemail-box', toBoxIds)
    .flatMap((box) => box?.name ?? [])
    .join(', ')
    .slice(0, 1_000)

/** 1 an introduction first, 2 as it is, 3 to another box too, 0 not at all. */
export function forwardKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  switch (key) {
    case '1':
      return introduce(box, { ...before, rounds: 0 }, view)
    case '2':
      return send(box, before)
    case '3':
      return before.toBoxIds.length < forwardBoxesMax
        ? askForwardBox({ ...before, rounds: 0 })
        : again(before, { prompt: 'vm-forward-menu' })
    case '0':
      return backToMessage(before, 'vm-forward-cancelled')
    default:
      return again(before, { prompt: 'vm-forward-menu' })
  }
}

/** What is recorded here is no message: it is kept apart until it is sent. */
const introduce = (box: VoicemailBox, before: CheckMemo, view: CallView, ...said: Speech[]): Checked =>
  wait(
    { ...before, doing: 'introducing', objectKey: undefined },
    {
      type: 'record',
      parts: [...said, { prompt: 'vm-record-introduction' }],
      prefix: `media/${view.account.id}/introduction-${box.id}/${view.call.callId}/`,
      secondsMax: introductionSecondsMax,
      silenceSeconds,
    },
  )

export function introduced(
  box: VoicemailBox,
  { objectKey, durationMs }: { readonly objectKey: string; readonly durationMs: number },
  before: CheckMemo,
  view: CallView,
): Checked {
  if (durationMs >= introductionMinMs && objectKey !== '')
    return wait({ ...before, doing: 'introduction', rounds: 0, objectKey }, keys([{ prompt: 'vm-forward-review' }]))
  return before.rounds + 1 >= roundsMax
    ? backToMessage(before, 'vm-forward-cancelled')
    : introduce(box, { ...before, rounds: before.rounds + 1 }, view, { prompt: 'recording-too-short' })
}

/** 1 sends, 2 plays the introduction, 3 records it again, 0 sends nothing; nor does silence. */
export function introductionKey(box: VoicemailBox, key: string, before: CheckMemo, view: CallView): Checked {
  switch (key) {
    case '1':
      return send(box, before)
    case '2':
      return before.objectKey === undefined
        ? introduce(box, before, view)
        : wait({ ...before, rounds: 0 }, keys([{ object: before.objectKey }, { prompt: 'vm-forward-review' }]))
    case '3':
      return introduce(box, { ...before, rounds: 0 }, view)
    case '0':
      return backToMessage(before, 'vm-forward-cancelled')
    default:
      return again(before, { prompt: 'vm-forward-review' })
  }
}

function send(box: VoicemailBox, before: CheckMemo): Checked {
  const { messageId, toBoxIds, objectKey } = before
  if (messageId === undefined || toBoxIds.length === 0) return backToMessage(before, 'vm-forward-cancelled')
  return after(backToMessage(before, 'vm-forwarded'), {
    type: 'file-message',
    boxId: box.id,
    act: 'forward',
    messageId,
    toBoxIds,
    ...(objectKey === undefined ? {} : { objectKey }),
  })
}
