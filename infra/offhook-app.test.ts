import { tableDescription } from '@offhook/store/table.ts'
import { App } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { offhookApp } from './offhook-app.ts'

const { data, calls, api } = offhookApp(new App({ outdir: 'cdk.out/test' }))
const [dataTemplate, callsTemplate, apiTemplate] = [
  Template.fromStack(data),
  Template.fromStack(calls),
  Template.fromStack(api),
]

describe('what is deployed', () => {
  it('is the table that the store describes, kept, encrypted and recoverable', () => {
    dataTemplate.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        KeySchema: [
          { AttributeName: tableDescription.partitionKey, KeyType: 'HASH' },
          { AttributeName: tableDescription.sortKey, KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: tableDescription.timeToLive, Enabled: true },
        StreamSpecification: { StreamViewType: tableDescription.stream },
        GlobalSecondaryIndexes: tableDescription.indexes.map((index) => Match.objectLike({ IndexName: index.name })),
      }),
    })
  })

  it('keeps recordings private, encrypted, versioned and for good', () => {
    dataTemplate.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        BucketEncryption: Match.anyValue(),
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    })
  })

  it('runs its functions on arm64 and Node 24 with the variables they declare', () => {
    callsTemplate.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Timeout: 5,
      Environment: {
        Variables: Match.objectLike({
          TABLE_NAME: Match.anyValue(),
          OBJECTS_BUCKET: Match.anyValue(),
          EDGE_ARN: Match.anyValue(),
          TRUST_KEY: Match.anyValue(),
        }),
      },
    })
  })

  it('answers the admin API by one function that knows its issuer and audience', () => {
    apiTemplate.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          TOKEN_ISSUER: Match.anyValue(),
          TOKEN_AUDIENCE: Match.anyValue(),
          CONSOLE_CLIENT_ID: Match.anyValue(),
        }),
      },
    })
    apiTemplate.resourceCountIs('AWS::ApiGatewayV2::Api', 1)
  })

  it('tells URLs of calls as soon as there is something to tell, and again every minute', () => {
    callsTemplate.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: Match.anyValue(),
      FilterCriteria: { Filters: [{ Pattern: Match.stringLikeRegexp('OUTBOX') }] },
    })
    callsTemplate.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' })
  })

  it('lets the telephony service invoke the live alias and nothing else', () => {
    callsTemplate.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'voiceconnector.chime.amazonaws.com',
      Action: 'lambda:InvokeFunction',
      SourceAccount: { Ref: 'AWS::AccountId' },
    })
  })

  it('gives no function every action on anything', () => {
    for (const template of [dataTemplate, callsTemplate, apiTemplate])
      for (const policy of Object.values(template.findResources('AWS::IAM::Policy'))) {
        const statements = (
          policy.Properties as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } }
        ).PolicyDocument.Statement
        for (const { Action } of statements) expect([Action].flat()).not.toContain('*')
      }
  })
})
