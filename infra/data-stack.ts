import { tableDescription } from '@offhook/store/table.ts'
import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { AttributeType, Billing, StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'

/** Everything that must outlive a deployment. All of it is retained when the stack goes. */
export class DataStack extends Stack {
  /** The one table, as `store/table.ts` describes it. */
  readonly table: TableV2
  /** Prompts, greetings, voicemail, recordings and items of calls. */
  readonly objects: Bucket
  /** Signs what the edge and the call handler vouch for to each other. */
  readonly trustKey: Secret

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props)
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: tableDescription.partitionKey, type: AttributeType.STRING },
      sortKey: { name: tableDescription.sortKey, type: AttributeType.STRING },
      globalSecondaryIndexes: tableDescription.indexes.map((index) => ({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.STRING },
      })),
      billing: Billing.onDemand(),
      timeToLiveAttribute: tableDescription.timeToLive,
      dynamoStream: StreamViewType[tableDescription.stream],
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.objects = new Bucket(this, 'Objects', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // Prompts are read by the telephony service, whose access to customer-managed keys is not documented: S3's own keys.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      eventBridgeEnabled: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.trustKey = new Secret(this, 'TrustKey', {
      description: 'Signs calls between the edge and the call handler.',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}
