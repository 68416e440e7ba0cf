import * as z from 'zod'

/** What the function that tells URLs of calls is deployed with. */
export const OutsideEnv = z.object({
  TABLE_NAME: z.string().min(3),
  /** Secrets of modules are made of it. */
  TRUST_KEY: z.string().min(32),
  /** Networks besides the public one that URLs may lead to, separated by commas. */
  OUTSIDE_NETWORKS: z.string().default(''),
  /** A DynamoDB-compatible server in place of the service. */
  DYNAMODB_ENDPOINT: z.url().optional(),
})
/** Names and values as the deployment writes them. */
export type OutsideEnv = z.input<typeof OutsideEnv>
