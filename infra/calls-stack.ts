import type { RecordingsEnv } from '@offhook/functions/recordings/env.ts'
import type { SmaEnv } from '@offhook/functions/sma/env.ts'
import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Alias } from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { EventType } from 'aws-cdk-lib/aws-s3'
import { LambdaDestination } from 'aws-cdk-lib/aws-s3-notifications'
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
    data.objects.grantRead(sma, 'media/*')
    this.live = new Alias(this, 'Live', { aliasName: 'live', version: sma.currentVersion })
    this.live.addPermission('Telephony', {
      principal: new ServicePrincipal('voiceconnector.chime.amazonaws.com'),
      sourceAccount: this.account,
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
    data.objects.grantRead(recordings, 'voicemail/*')
    recordings.addToRolePolicy(
      new PolicyStatement({
        actions: ['ses:SendEmail', 'ses:SendRawEmail'],
        resources: [this.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' })],
      }),
    )
    data.objects.addEventNotification(EventType.OBJECT_CREATED, new LambdaDestination(recordings), {
      prefix: 'voicemail/',
    })
  }
}
