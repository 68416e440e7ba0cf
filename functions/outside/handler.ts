/** The deployed function that tells URLs of calls: what it needs is made once, at start, from its environment. */
import { Logger } from '@aws-lambda-powertools/logger'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createStore } from '@offhook/store/store.ts'
import { addressPolicy, networksIn } from './address-policy.ts'
import { createOutsideHandler } from './create-handler.ts'
import { OutsideEnv } from './env.ts'
import { outsideUrls } from './outside-url.ts'
import { UrlTeller } from './url-teller.ts'

const env = OutsideEnv.parse(process.env)
const logger = new Logger({ serviceName: 'outside' })
const endpoint = env.DYNAMODB_ENDPOINT
const store = createStore({
  client: new DynamoDBClient(endpoint === undefined ? {} : { endpoint }),
  tableName: env.TABLE_NAME,
})

export const handler = createOutsideHandler(
  store,
  new UrlTeller({
    outbox: store.outbox,
    urls: outsideUrls({ policy: addressPolicy(networksIn(env.OUTSIDE_NETWORKS)) }),
    trustKey: env.TRUST_KEY,
    log: ({ level, ...line }) => (level === 'ERROR' ? logger.error('webhook', line) : logger.warn('webhook', line)),
  }),
)
