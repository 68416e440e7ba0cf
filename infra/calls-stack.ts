import type { OutsideEnv } from '@offhook/functions/outside/env.ts'
import type { RecordingsEnv } from '@offhook/functions/recordings/env.ts'
import type { SmaEnv } from '@offhook/functions/sma/env.ts'
import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Alias, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { DataStack } from './data-stack.ts'
import { PbxFunction } from './pbx-function.ts'

export interface CallsStackProps extends StackProps {
  readonly data: DataStack
  /** Voice Connector the edge stands behind. */
  readonly edgeArn: string
  /** Sender of voicemail notices: an identity verified with SES. */
  readonly mailFrom: string
}

/** What decides calls, and what happens when a recording arrives. */
export class CallsStack extends Stack {
  /** The function an edge task or a SIP media application invokes: always by this alias, so that a deployment can shift gradually. */
  readonly live: Alias

  constructor(scope: Construct, id: string, { data, edgeArn, mailFrom, ...props }: CallsStackProps) {
    super(scope, id, props)
    const sma = new PbxFunction<SmaEnv>(this, 'Sma', {
      folder: 'sma',
      environment: {
        TABLE_NAME: data.table.tableName,
        OBJECTS_BUCKET: data.objects.bucketName,
        EDGE_ARN: edgeArn,
        TRUST_KEY: data.trustKey.secretValue.unsafeUnwrap(),
      },
      // The telephony service asks again after 5 s; the handler gives up at 4.5 s by itself.
      timeout: Duration.seconds(5),
      memorySize: 1_024,
    })
    data.table.grantReadWriteData(sma)
    data.objects.grantReadWrite(sma, 'spill/*')
    data.objects.grantReadWrite(sma, 'outcomes/*')
    data.objects.grantRead(sma, 'voicemail/*')
    // A message that its caller records again is dropped.
    data.objects.grantDelete(sma, 'voicemail/*')
    data.objects.grantPut(sma, 'errands/*')
    data.objects.grantRead(sma, 'media/*')
    data.objects.grantRead(sma, 'speech/*')
    this.live = new Alias(this, 'Live', { aliasName: 'live', version: sma.currentVersion })
    this.live.addPermission('Telephony', {
      principal: new ServicePrincipal('voiceconnector.chime.amazonaws.com'),
      sourceAccount: this.account,
    })

    const outside = new PbxFunction<OutsideEnv>(this, 'Outside', {
      folder: 'outside',
      environment: { TABLE_NAME: data.table.tableName, TRUST_KEY: data.trustKey.secretValue.unsafeUnwrap() },
      timeout: Duration.seconds(60),
    })
    data.table.grantReadWriteData(outside)
    outside.addEventSource(
      new DynamoEventSource(data.table, {
        startingPosition: StartingPosition.LATEST,
        batchSize: 100,
        // One URL that is slow must not hold up the others of its shard.
        parallelizationFactor: 10,
        // What fails is in the outbox still: the rule below tries it again.
        retryAttempts: 1,
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { pk: { S: [{ suffix: '#OUTBOX' }] } } },
          }),
        ],
      }),
    )
    new Rule(this, 'TellAgain', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(outside, { event: RuleTargetInput.fromObject({}) })],
    })

    const failed = new Queue(this, 'RecordingsFailed', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    const recordings = new PbxFunction<RecordingsEnv>(this, 'Recordings', {
      folder: 'recordings',
      environment: { TABLE_NAME: data.table.tableName, OBJECTS_BUCKET: data.objects.bucketName, MAIL_FROM: mailFrom },
      timeout: Duration.seconds(60),
      memorySize: 1_024,
    })
    recordings.configureAsyncInvoke({ retryAttempts: 2, onFailure: new SqsDestination(failed) })
    data.table.grantReadWriteData(recordings)
    data.objects.grantReadWrite(recordings, 'voicemail/*')
    data.objects.grantReadWrite(recordings, 'errands/*')
    // Greetings are filed where they lie; introductions of forwarded messages are joined and dropped. Long documents are objects as well.
    data.objects.grantReadWrite(recordings, 'media/*')
    data.objects.grantReadWrite(recordings, 'documents/*')
    recordings.addToRolePolicy(
      new PolicyStatement({
        actions: ['ses:SendEmail', 'ses:SendRawEmail'],
        resources: [this.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' })],
      }),
    )
    // By EventBridge and not by the bucket itself: the bucket's stack must not know this one. The event is given the shape that the
    // folder of one machine and S3 itself use.
    new Rule(this, 'RecordingArrived', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [data.objects.bucketName] },
          object: { key: [{ prefix: 'voicemail/' }, { prefix: 'errands/' }] },
        },
      },
      targets: [
        new LambdaFunction(recordings, {
          deadLetterQueue: failed,
          event: RuleTargetInput.fromObject({
            Records: [
              {
                eventName: 'ObjectCreated:Put',
                eventTime: EventField.time,
                s3: { object: { key: EventField.fromPath('$.detail.object.key') } },
              },
            ],
          }),
        }),
      ],
    })
  }
}
