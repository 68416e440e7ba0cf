/** The deployed function behind object arrivals: what it needs is made once, at start, from its environment. */
import { setTimeout as wait } from 'node:timers/promises'
import { Logger } from '@aws-lambda-powertools/logger'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { SESv2Client } from '@aws-sdk/client-sesv2'
import { s3Objects } from '@offhook/store/objects/s3.ts'
import { createStore } from '@offhook/store/store.ts'
import { sesMail } from '../mail/ses.ts'
import { httpTranscribe } from '../transcribe/http.ts'
import { createRecordingsHandler } from './create-handler.ts'
import { RecordingsEnv } from './env.ts'
import { storeParts } from './store-parts.ts'

const env = RecordingsEnv.parse(process.env)
const logger = new Logger({ serviceName: 'recordings' })
const endpoint = env.DYNAMODB_ENDPOINT
const client = new DynamoDBClient(endpoint === undefined ? {} : { endpoint })

const objects = s3Objects(new S3Client({}), env.OBJECTS_BUCKET)

export const handler = createRecordingsHandler({
  ...storeParts(createStore({ client, tableName: env.TABLE_NAME, objects }), objects),
  ...(env.TRANSCRIBE_URL === undefined ? {} : { transcribe: httpTranscribe(env.TRANSCRIBE_URL) }),
  mail: sesMail(new SESv2Client({})),
  mailFrom: env.MAIL_FROM,
  wait: (ms) => wait(ms),
  log: (line) => logger.info('recording', { ...line }),
})
