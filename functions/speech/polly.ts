import { type LanguageCode, type PollyClient, SynthesizeSpeechCommand, type VoiceId } from '@aws-sdk/client-polly'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { type SpeechPort, speechCharsMax } from './speech-port.ts'
import { spokenLanguage, voicedLanguages, voiceOf } from './voices.ts'
import { samplesOf, telephonyHz, writeWav } from './wav.ts'

/** Amazon Polly's standard voices, asked for at telephone quality, so that nothing is converted. */
export function pollySpeech(client: Pick<PollyClient, 'send'>): SpeechPort {
  return {
    name: 'polly-standard',
    languages: voicedLanguages,
    async render(text, language) {
      const reply = await client.send(
        new SynthesizeSpeechCommand({
          Engine: 'standard',
          LanguageCode: spokenLanguage(language) as LanguageCode,
          VoiceId: voiceOf(language) as VoiceId,
          OutputFormat: 'pcm',
          SampleRate: String(telephonyHz),
          TextType: 'text',
          Text: text.slice(0, speechCharsMax),
        }),
      )
      const bytes = await reply.AudioStream?.transformToByteArray()
      if (bytes === undefined || bytes.length < 2) throw new PbxError('speech-failed', { status: 502 })
      return writeWav({ sampleRate: telephonyHz, samples: samplesOf(bytes) })
    },
  }
}
