import * as z from 'zod'

/** What the function behind object arrivals is deployed with. */
export const RecordingsEnv = z.object({
  TABLE_NAME: z.string().min(3),
  OBJECTS_BUCKET: z.string().min(3),
  /** Sender of notices: an identity verified with SES. */
  MAIL_FROM: z.string().min(3).max(320),
  /** Takes `POST` with a WAV and answers `{ "text": "…" }`; absent: messages have no text. */
  TRANSCRIBE_URL: z.url().optional(),
  /** A DynamoDB-compatible server in place of the service. */
  DYNAMODB_ENDPOINT: z.url().optional(),
})
export type RecordingsEnv = z.input<typeof RecordingsEnv>
