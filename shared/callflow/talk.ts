import type { CallEvent, CallEventOf } from './vocabulary.ts'
import type { Work } from './work.ts'

/** A party is gone: the other is let go, and the call ends by whoever left. */
export function ended(work: Work, event: CallEventOf<'hungup'>): void {
  const { state } = work
  if (event.leg === 'caller') {
    const disposition =
      state.phase === 'talking'
        ? 'answered'
        : state.traits.voicemailBoxId !== undefined
          ? 'voicemail'
          : state.answered
            ? 'completed'
            : 'cancelled'
    // Before anybody answered nobody else is up, but a ring under way is stopped by the same command.
    work.patch({ callerGone: true })
    work.command({ type: 'hang-up', leg: 'callee' })
    work.end(disposition, 'caller', 'the caller hung up', 'normal', true)
    return
  }
  work.command({ type: 'hang-up', leg: 'caller' })
  work.end('answered', 'callee', 'the called party hung up', 'normal', true)
}

/** While two parties talk nothing is decided but their parting; other events are kept in the log. */
export function talkEvent(work: Work, event: CallEvent): void {
  if (event.type !== 'updated' || event.arguments.op !== 'hang-up') return
  work.end('answered', 'us', 'ended on request')
}
