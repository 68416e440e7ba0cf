/** `calling`: somebody else's phone rings; `ringing`: this one does. */
export type Phase = 'connecting' | 'idle' | 'calling' | 'ringing' | 'answering' | 'up'

export interface PhoneState {
  readonly phase: Phase
  /** The one sentence the phone says. */
  readonly said: string
  readonly isMuted: boolean
}

export type PhoneEvent =
  | { readonly type: 'registered' }
  | { readonly type: 'disconnected' }
  | { readonly type: 'register-failed'; readonly cause: string }
  | { readonly type: 'dialled'; readonly number: string }
  | { readonly type: 'incoming'; readonly who: string }
  | { readonly type: 'answer' }
  | { readonly type: 'talking'; readonly who: string }
  | { readonly type: 'no-microphone'; readonly why: string }
  | { readonly type: 'over'; readonly cause: string | undefined }
  | { readonly type: 'muted'; readonly isMuted: boolean }

export const newPhone: PhoneState = { phase: 'connecting', said: 'Connecting …', isMuted: false }

/** Causes JsSIP names, in the words of somebody on the phone. */
const causes: Readonly<Record<string, string>> = {
  Busy: 'Busy.',
  Rejected: 'The call was declined.',
  Unavailable: 'Nobody can be reached there just now.',
  'Not Found': 'There is no such number.',
  'No Answer': 'Nobody answered.',
  'Request Timeout': 'Nobody answered.',
  Canceled: 'Call ended.',
  Terminated: 'Call ended.',
  'Connection Error': 'The connection is lost; trying again …',
}
const ending = (cause: string | undefined): string =>
  cause === undefined ? 'Call ended.' : (causes[cause] ?? `Call ended: ${cause}.`)

const isInCall = ({ phase }: PhoneState): boolean => phase !== 'connecting' && phase !== 'idle'
const isReady = 'Ready. Your browser asks for the microphone when you call.'

/** Pure: what the phone is after an event. News of the registration waits for the end of a call: it is said again anyhow. */
export function next(state: PhoneState, event: PhoneEvent): PhoneState {
  switch (event.type) {
    case 'registered':
      return state.phase === 'connecting' ? { ...state, phase: 'idle', said: isReady } : state
    case 'disconnected':
      return isInCall(state) ? state : { ...state, phase: 'connecting', said: 'The connection is lost; trying again …' }
    case 'register-failed':
      return isInCall(state)
        ? state
        : { ...state, phase: 'connecting', said: `The phone could not register: ${event.cause}.` }
    case 'dialled':
      return { phase: 'calling', said: `Calling ${event.number} …`, isMuted: false }
    case 'incoming':
      return { phase: 'ringing', said: `${event.who} is calling`, isMuted: false }
    case 'answer':
      return state.phase === 'ringing' ? { ...state, phase: 'answering' } : state
    case 'talking':
      return { ...state, phase: 'up', said: `Talking with ${event.who}` }
    case 'no-microphone':
      return { phase: 'idle', said: event.why, isMuted: false }
    case 'over':
      return isInCall(state) ? { phase: 'idle', said: ending(event.cause), isMuted: false } : state
    case 'muted':
      return { ...state, isMuted: event.isMuted }
  }
}

/** Which buttons make sense. */
export const buttonsOf = ({ phase }: PhoneState) => ({
  call: phase === 'connecting' || phase === 'idle',
  mayCall: phase === 'idle',
  answer: phase === 'ringing',
  hangUp: phase !== 'connecting' && phase !== 'idle',
  mute: phase === 'up',
})
