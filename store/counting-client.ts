import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

export interface Requests {
  /** Requests that read: gets, batches, queries, scans. */
  reads: number
  /** Requests that write: puts, updates, deletes, batches, transactions. */
  writes: number
  /** Items inside the writes. */
  itemsWritten: number
}

export interface Counting {
  /** What was sent since the last call. */
  take(): Requests
}

const none = (): Requests => ({ reads: 0, writes: 0, itemsWritten: 0 })
const isRead = /^(Get|BatchGet|Query|Scan)(Items?)?Command$/
const isWrite = /^(Put|Update|Delete|BatchWrite|TransactWrite)(Items?)?Command$/

const itemsOf = (input: object): number => {
  if ('TransactItems' in input && Array.isArray(input.TransactItems)) return input.TransactItems.length
  if ('RequestItems' in input && typeof input.RequestItems === 'object' && input.RequestItems !== null)
    return Object.values(input.RequestItems).flat().length
  return 1
}

/** Counts what a client sends, so that the price of an operation can be printed and held in a test. */
export function countRequests(client: DynamoDBClient): Counting {
  let counted = none()
  client.middlewareStack.add(
    (next, context) => (args) => {
      const name = String(context.commandName)
      if (isRead.test(name)) counted.reads += 1
      if (isWrite.test(name)) {
        counted.writes += 1
        counted.itemsWritten += itemsOf(args.input)
      }
      return next(args)
    },
    { step: 'initialize', name: 'countRequests' },
  )
  return {
    take() {
      const taken = counted
      counted = none()
      return taken
    },
  }
}
