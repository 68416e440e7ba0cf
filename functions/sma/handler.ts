/** The deployed function behind the SIP media application: what it needs is made once, at start, from its environment. */
import { Logger } from '@aws-lambda-powertools/logger'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { cdrOf } from '@offhook/shared/callflow/cdr.ts'
import { step } from '@offhook/shared/callflow/engine.ts'
import { promptLanguages } from '@offhook/shared/prompts/prompts.ts'
import { createCallStore } from '@offhook/store/call-store.ts'
import { Errands } from '@offhook/store/errands.ts'
import { s3Objects } from '@offhook/store/objects/s3.ts'
import { addressPolicy, networksIn } from '../outside/address-policy.ts'
import { outsideUrls } from '../outside/outside-url.ts'
import { createSmaHandler } from './create-handler.ts'
import { SmaEnv } from './env.ts'
import { outcomesIn, recordingMsIn, spillInto } from './object-items.ts'

const env = SmaEnv.parse(process.env)
const logger = new Logger({ serviceName: 'sma' })
const endpoint = env.DYNAMODB_ENDPOINT
const objects = s3Objects(new S3Client({}), env.OBJECTS_BUCKET)

const errands = new Errands(objects)

export const handler = createSmaHandler({
  settings: {
    bucket: env.OBJECTS_BUCKET,
    edgeArn: env.EDGE_ARN,
    trustKey: env.TRUST_KEY,
    entranceRuleIds: env.ENTRANCE_RULE_IDS,
    languages: promptLanguages,
    // A deployment renders none; the voice speaks them.
    speaksPrompts: true,
    ...(env.CALLER_ID_NUMBER === undefined ? {} : { callerIdNumber: env.CALLER_ID_NUMBER }),
  },
  store: createCallStore({
    client: new DynamoDBClient(endpoint === undefined ? {} : { endpoint }),
    tableName: env.TABLE_NAME,
    objects,
    // Who is to be told is told by whoever may send mail.
    onNotify: async (record) => {
      if (record.kind !== 'notify' || record.to === undefined || record.to.length === 0) return
      const { accountId, id, what, text, to } = record
      await errands.give(`${id}/notice`, { kind: 'notice', accountId, id, what, text, to })
    },
  }),
  spill: spillInto(objects),
  outcomes: outcomesIn(objects),
  urls: outsideUrls({ policy: addressPolicy(networksIn(env.OUTSIDE_NETWORKS)) }),
  recordingMs: recordingMsIn(objects),
  step,
  cdrOf,
  clock: { nowMs: () => Date.now(), shiftMs: 0 },
  log: ({ level, ...line }) => {
    if (level === 'ERROR') logger.error('turn', line)
    else if (level === 'WARN') logger.warn('turn', line)
    else if (level === 'DEBUG') logger.debug('turn', line)
    else logger.info('turn', line)
  },
})
