import type { LadderMessage } from '../api/sip-traces.ts'

/** Characters between two posts of the ladder, at least. */
const gapMin = 30
/** Far ends that get a post of their own; the others share the last one. */
const postsMax = 12
const us = 'Offhook'

/** Far ends write what they like: names and phrases must not break the drawing. */
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?')

/** `INVITE`, or `200 OK`: what stands on the arrow. Made to fit. */
function labelOf(text: string, lengthMax: number): string {
  const [line = ''] = text.split(/\r?\n/, 1)
  const status = /^SIP\/2\.0 (.*)$/.exec(line)?.[1]
  const hasMedia = /^m=audio /m.test(text) ? ' (SDP)' : ''
  const label = plain((status ?? line.split(' ', 1)[0] ?? '').trim() + hasMedia)
  return label.length > lengthMax ? `${label.slice(0, lengthMax - 1)}~` : label
}

interface Post {
  readonly who: string
  readonly address: string
}

const postOf = ({ who, remote, transport }: LadderMessage): Post => ({
  who: plain(who),
  address: plain(`${remote}/${transport}`),
})
const nameOf = ({ who, address }: Post): string => `${who} ${address}`

/** Far ends as they first appear, with Offhook behind the first: the caller is left of it, who is rung right. */
function postsOf(messages: readonly LadderMessage[]): readonly Post[] {
  const seen = [...new Map(messages.map((message) => [nameOf(postOf(message)), postOf(message)])).values()]
  const far = seen.length > postsMax ? [...seen.slice(0, postsMax - 1), { who: 'others', address: '' }] : seen
  return [...far.slice(0, 1), { who: us, address: '' }, ...far.slice(1)]
}

/** The line of one message: posts, and the arrow from who sent it to who got it. */
function rung(message: LadderMessage, posts: readonly Post[], gap: number): string {
  const ours = posts.findIndex(({ who }) => who === us)
  const found = posts.findIndex((post) => nameOf(post) === nameOf(postOf(message)))
  const theirs = found === -1 ? posts.length - 1 : found
  const [left, right] = theirs < ours ? [theirs, ours] : [ours, theirs]
  const length = (right - left) * gap - 1
  const pointsRight = (message.direction === 'in') === theirs < ours
  const label = ` ${labelOf(message.text, length - 5)} `
  const before = Math.max(1, Math.floor((length - 1 - label.length) / 2))
  const after = Math.max(1, length - 1 - label.length - before)
  const arrow = pointsRight
    ? `${'-'.repeat(before)}${label}${'-'.repeat(after)}>`
    : `<${'-'.repeat(before)}${label}${'-'.repeat(after)}`
  const space = ' '.repeat(gap - 1)
  return `${`|${space}`.repeat(left)}|${arrow}|${`${space}|`.repeat(posts.length - 1 - right)}`
}

/**
 * The messages of a call as text that can be pasted into a ticket: a post for each far end, one line a message, with milliseconds since
 * the first. Plain ASCII.
 */
export function drawLadder(callId: string, messages: readonly LadderMessage[]): string {
  const [first] = messages
  if (first === undefined) return `Call ${callId}: no message was recorded.\n`
  const posts = postsOf(messages)
  const gap = Math.max(gapMin, ...posts.map(({ who, address }) => Math.max(who.length, address.length) + 2))
  const startMs = Date.parse(first.at)
  const offsets = messages.map(({ at }) => String(Date.parse(at) - startMs))
  const width = Math.max(4, ...offsets.map(({ length }) => length))
  const row = (texts: readonly string[]) =>
    texts
      .map((text) => text.padEnd(gap))
      .join('')
      .trimEnd()
  const head = [posts.map(({ who }) => who), posts.map(({ address }) => address)]
  const dialogs = new Set(messages.map(({ sipCallId }) => sipCallId)).size
  return [
    `Call ${callId} since ${first.at}, offsets in ms. Messages: ${messages.length}, dialogs: ${dialogs}.`,
    '',
    ...head.map((texts) => `${' '.repeat(width)}  ${row(texts)}`.trimEnd()),
    ...messages.map((message, index) => `${(offsets[index] ?? '').padStart(width)}  ${rung(message, posts, gap)}`),
    '',
  ].join('\n')
}
