/** Turns words into telephony audio. Polly on AWS, a voice inside this process on one machine. */
export interface SpeechPort {
  /** Part of the name of what it rendered, so that another voice renders anew. */
  readonly name: string
  /** What it speaks as people of that language do; other languages it reads as if they were the first. */
  readonly languages: readonly string[]
  /** WAV: 8 kHz, 16-bit, mono. At most 3,000 characters. Rejects with `PbxError('speech-failed')`. */
  render(text: string, language: string): Promise<Uint8Array>
}

/** Characters one rendering takes: Polly's own limit. */
export const speechCharsMax = 3_000
