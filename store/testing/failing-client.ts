import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

export interface Failure {
  /** Requests that write, so far. */
  readonly written: () => number
  /** From now on the n-th write (from 0) does not reach the table, and its sender sees an error. */
  failAt(n: number): void
  /** Before the n-th write `act` happens, then the write is sent. */
  before(n: number, act: () => void | Promise<void>): void
  /** Lets everything work again. */
  clear(): void
}

const isWrite = /^(Put|Update|Delete|BatchWrite|TransactWrite)(Items?)?Command$/

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
    clear: () => {
      failing = undefined
      acting = undefined
    },
  }
}

type Part = Readonly<Record<string, unknown>>

/** Makes the table refuse, as a whole, every transaction that writes an item whose key `picks` accepts, until mended. */
export function breakTransactions(client: DynamoDBClient, picks: (key: string) => boolean): { mend(): void } {
  let isBroken = true
  client.middlewareStack.add(
    (next) => (args) => {
      const { TransactItems: actions } = args.input as { readonly TransactItems?: readonly Record<string, Part>[] }
      if (!isBroken || actions === undefined) return next(args)
      const TransactItems = actions.map((action) => {
        const [verb = '', part = {}] = Object.entries(action)[0] ?? []
        return picks(keyOf(part)) ? { [verb]: refused(part) } : action
      })
      return next({ ...args, input: { ...args.input, TransactItems } as typeof args.input })
    },
    { step: 'initialize', name: 'breakTransactions' },
  )
  return {
    mend: () => {
      isBroken = false
    },
  }
}

const keyOf = ({ Item, Key }: Part): string => {
  const { pk, sk } = (Item ?? Key ?? {}) as Part
  return JSON.stringify([pk, sk])
}

const refused = (part: Part): Part => {
  const never = 'attribute_exists(neverThere)'
  const { ConditionExpression: condition } = part
  return { ...part, ConditionExpression: typeof condition === 'string' ? `(${condition}) AND ${never}` : never }
}
