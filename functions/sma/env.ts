import { E164 } from '@offhook/shared/model/number.ts'
import * as z from 'zod'

/** What the function behind the SIP media application is deployed with. */
export const SmaEnv = z.object({
  TABLE_NAME: z.string().min(3),
  /** Prompts, greetings, voicemail, recordings, and items of calls. */
  OBJECTS_BUCKET: z.string().min(3),
  /** Voice Connector (or group) the edge stands behind. */
  EDGE_ARN: z.string().regex(/^arn:aws[\w-]*:chime:[\w-]*:\d{12}:(vc|vcg)\/.+$/),
  /** Shared with the edge; signs what both sides vouch for. */
  TRUST_KEY: z.string().min(32),
  /** An owned number, for callers whose own is no E.164 number. */
  CALLER_ID_NUMBER: E164.optional(),
  /** SIP rules of the entrance trunk, separated by commas: their calls must be signed. */
  ENTRANCE_RULE_IDS: z
    .string()
    .default('')
    .transform((ids) => ids.split(',').filter((id) => id !== '')),
  /** Networks besides the public one that URLs of callflows may lead to, separated by commas. */
  OUTSIDE_NETWORKS: z.string().default(''),
  /** A DynamoDB-compatible server in place of the service. */
  DYNAMODB_ENDPOINT: z.url().optional(),
})
/** Names and values as the deployment writes them. */
export type SmaEnv = z.input<typeof SmaEnv>
