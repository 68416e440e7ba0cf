import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'
import { tableDescription } from './table.ts'

/** Makes the table where an embedded or local engine has none yet. On AWS the data stack owns it. */
export async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new DescribeTableCommand({ TableName: tableName }))
    return
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
  }
  const names = [
    tableDescription.partitionKey,
    tableDescription.sortKey,
    ...tableDescription.indexes.flatMap((index) => [index.partitionKey, index.sortKey]),
  ]
  const schema = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ]
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: schema(tableDescription.partitionKey, tableDescription.sortKey),
        GlobalSecondaryIndexes: tableDescription.indexes.map((index) => ({
          IndexName: index.name,
          KeySchema: schema(index.partitionKey, index.sortKey),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.projected] },
        })),
      }),
    )
  } catch (error) {
    // Two processes began at once; the other one made it.
    if (!(error instanceof ResourceInUseException)) throw error
  }
}
