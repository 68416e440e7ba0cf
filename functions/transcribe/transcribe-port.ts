/** Speech to text of recordings: a server of the installation's choice. Nothing is transcribed where there is none. */
export interface TranscribePort {
  /** What is said in a WAV of telephony, at most `transcriptMax` characters; empty when nothing is understood. Rejects where it cannot be told. */
  transcribe(wav: Uint8Array, language: string, signal: AbortSignal): Promise<string>
}

/** Characters of a transcript that are kept. */
export const transcriptMax = 20_000
/** A transcript that takes longer is not waited for, ms: the mail goes out without. */
export const transcriptMsMax = 20_000
