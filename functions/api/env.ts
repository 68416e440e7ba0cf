import * as z from 'zod'

/** What the function behind the API is deployed with. */
export const ApiEnv = z.object({
  TABLE_NAME: z.string().min(3),
  OBJECTS_BUCKET: z.string().min(3),
  /** Secrets that requests to URLs are signed with are made of it. */
  TRUST_KEY: z.string().min(32),
  /** Issuer of access tokens, such as a Cognito user pool. */
  TOKEN_ISSUER: z.url(),
  /** Audience of access tokens; with Cognito the id of the console's client. */
  TOKEN_AUDIENCE: z.string().min(1).max(255),
  /** Public keys of the issuer. @default `<issuer>/.well-known/jwks.json` */
  TOKEN_KEYS_URL: z.url().optional(),
  /** Client id of the console at the issuer. */
  CONSOLE_CLIENT_ID: z.string().min(1).max(255),
  /** Origins of consoles served from elsewhere, separated by commas. */
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform((origins) => origins.split(',').filter((origin) => origin !== '')),
  /** A DynamoDB-compatible server in place of the service. */
  DYNAMODB_ENDPOINT: z.url().optional(),
})
/** Names and values as the deployment writes them. */
export type ApiEnv = z.input<typeof ApiEnv>
