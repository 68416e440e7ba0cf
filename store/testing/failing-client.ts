import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

export interface Failure {
  /** Requests that write, so far. */
  readonly written: () => number
  /** From now on the n-th write (from 0) does not reach the table, and its sender sees an error. */
  failAt(n: number): void
  /** Before the n-th write `act` happens, then the write is sent. */
  before(n: number, act: () => void | Promise<void>): void
}

const isWrite = /^(Put|Update|Delete|BatchWrite|TransactWrite)Item/

/** Lets a client's writes fail, or something happen between two of them. */
export function injectFailures(client: DynamoDBClient): Failure {
  let written = 0
  let failing: number | undefined
  let acting: { readonly n: number; readonly act: () => void | Promise<void> } | undefined
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (!isWrite.test(String(context.commandName))) return next(args)
      const n = written
      written += 1
      if (n === failing) throw new Error('this write was made to fail')
      if (n === acting?.n) await acting.act()
      return next(args)
    },
    { step: 'initialize', name: 'injectFailures' },
  )
  return {
    written: () => written,
    failAt: (n) => {
      failing = written + n
    },
    before: (n, act) => {
      acting = { n: written + n, act }
    },
  }
}
