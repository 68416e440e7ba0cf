import { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** A client for an engine on this machine: any credentials do, none are sent anywhere else. */
export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 3,
  })
