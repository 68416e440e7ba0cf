import { promptText } from '@offhook/shared/prompts/prompts.ts'
import type { SmaActionInput } from '@offhook/shared/sma-contract/actions.ts'
import { isUp, type Participant, type SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { keepQueue, type SmaResponse } from '@offhook/shared/sma-contract/response.ts'
import { voiceOf } from '../speech/voices.ts'
import { promptKey } from './audio.ts'
import type { SmaSettings } from './dependencies.ts'

/** Id of the system prompt a caller hears when a turn breaks. */
export const apologyPrompt = 'system-problem'

type Voice = Pick<SmaSettings, 'bucket' | 'speaksPrompts'>

/**
 * The answer to an event whose turn broke: two connected parties are left talking, a single one hears an apology and is hung up on. A
 * second break, or a break of the apology itself, hangs up at once.
 */
export function apologise(event: SmaEvent, voice: Voice, language: string, reason: string): SmaResponse {
  const up = event.CallDetails.Participants.filter(isUp)
  if (up.length > 1 && up.every((leg) => leg.Status === 'Connected') && event.InvocationEventType !== 'HANGUP')
    return keepQueue
  const before = event.CallDetails.TransactionAttributes ?? {}
  const isSpoken = before.broken === undefined && event.InvocationEventType !== 'HANGUP'
  return {
    SchemaVersion: '1.0',
    Actions: up.flatMap((leg) =>
      isSpoken && leg.ParticipantTag === 'LEG-A' ? [sorry(leg, voice, language), bye(leg)] : [bye(leg)],
    ),
    TransactionAttributes: { ...before, broken: reason.slice(0, 100) },
  }
}

function sorry(leg: Participant, { bucket, speaksPrompts }: Voice, language: string): SmaActionInput {
  const text = speaksPrompts === true ? promptText(apologyPrompt, language) : undefined
  if (text !== undefined)
    return {
      Type: 'Speak',
      Parameters: {
        CallId: leg.CallId,
        Text: text,
        TextType: 'text',
        LanguageCode: language,
        VoiceId: voiceOf(language),
      },
    }
  const source = { Type: 'S3' as const, BucketName: bucket, Key: promptKey(language, apologyPrompt) }
  return { Type: 'PlayAudio', Parameters: { CallId: leg.CallId, AudioSource: source } }
}

const bye = (leg: Participant): SmaActionInput => ({
  Type: 'Hangup',
  Parameters: { CallId: leg.CallId, SipResponseCode: leg.Status === 'Connected' ? 0 : 480 },
})
