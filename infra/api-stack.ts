import type { ApiEnv } from '@offhook/functions/api/env.ts'
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { DataStack } from './data-stack.ts'
import { PbxFunction } from './pbx-function.ts'

export interface ApiStackProps extends StackProps {
  readonly data: DataStack
  /** OpenID Connect issuer whose tokens are taken, e.g. a Cognito user pool. */
  readonly issuer: string
  /** Client id of the console; also the audience of tokens. */
  readonly clientId: string
}

/** The admin API: one function behind an HTTP API. Who may do what is decided inside, from the store. */
export class ApiStack extends Stack {
  readonly url: string

  constructor(scope: Construct, id: string, { data, issuer, clientId, ...props }: ApiStackProps) {
    super(scope, id, props)
    const api = new PbxFunction<ApiEnv>(this, 'Api', {
      folder: 'api',
      environment: {
        TABLE_NAME: data.table.tableName,
        OBJECTS_BUCKET: data.objects.bucketName,
        TRUST_KEY: data.trustKey.secretValue.unsafeUnwrap(),
        TOKEN_ISSUER: issuer,
        TOKEN_AUDIENCE: clientId,
        CONSOLE_CLIENT_ID: clientId,
      },
      // The longest an HTTP API waits is 30 s. Uploads of music need a whole core, which comes with this much memory.
      timeout: Duration.seconds(29),
      memorySize: 1_769,
    })
    data.table.grantReadWriteData(api)
    data.objects.grantReadWrite(api)
    // Media made of text. Polly has no resources that speech could be limited to.
    api.addToRolePolicy(new PolicyStatement({ actions: ['polly:SynthesizeSpeech'], resources: ['*'] }))
    const http = new HttpApi(this, 'Http', {
      defaultIntegration: new HttpLambdaIntegration('Function', api),
      description: 'Offhook admin API',
    })
    this.url = http.apiEndpoint
    new CfnOutput(this, 'Url', { value: http.apiEndpoint })
  }
}
