import type { CallEventOf } from './vocabulary.ts'
import type { Work } from './work.ts'

/** Nothing more to do for the caller: the call ends as the last thing tried did. */
export function over(work: Work): undefined {
  const { answered, lastFailure, path } = work.state
  const reason = path.at(-1)?.reason ?? 'end of the callflow'
  if (lastFailure !== undefined) work.end(lastFailure, 'us', reason, lastFailure === 'busy' ? 'busy' : 'unavailable')
  else work.end(answered ? 'completed' : 'failed', 'us', reason, 'unavailable')
}

/** A bound was reached: the caller is told before being let go. */
export function tooFar(work: Work, reason: string): void {
  work.note({ reason })
  work.command({ type: 'play', parts: [{ prompt: 'system-problem' }] })
  work.end('failed', 'us', reason)
}

/** A party is gone: the other is let go, and the call ends by whoever left. */
export function partyGone(work: Work, event: CallEventOf<'hungup'>): void {
  if (event.leg === 'callee') {
    work.command({ type: 'hang-up', leg: 'caller' })
    work.end('answered', 'callee', 'the called party hung up', 'normal', true)
    return
  }
  const { phase, traits, answered } = work.state
  // Before anybody answered nobody else is up, but a ring under way is stopped by the same command.
  work.patch({ callerGone: true })
  work.command({ type: 'hang-up', leg: 'callee' })
  const disposition =
    phase === 'talking'
      ? 'answered'
      : traits.voicemailBoxId !== undefined
        ? 'voicemail'
        : answered
          ? 'completed'
          : 'cancelled'
  work.end(disposition, 'caller', 'the caller hung up', 'normal', true)
}
