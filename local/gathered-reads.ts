import type { SmaStore } from '@offhook/functions/sma/dependencies.ts'
import { factKey } from '@offhook/shared/callflow/suspension.ts'
import type { FactKey } from '@offhook/shared/callflow/vocabulary.ts'

/** Questions of one reading: those of calls that arrived within a few milliseconds. */
const questionsMax = 200

interface Waiting<Q, A> {
  readonly question: Q
  readonly answer: (answer: A) => void
  readonly fail: (cause: unknown) => void
}

/**
 * Reads for many at once: what is asked while a reading is under way waits for the next one, all together. Every answer was read after it
 * was asked for, as if each had read alone. `idle` tells that nobody waits any more.
 */
function gathered<Q, A>(read: (questions: readonly Q[]) => Promise<A>, idle: () => void): (question: Q) => Promise<A> {
  let waiting: Waiting<Q, A>[] = []
  let isReading = false
  const work = async () => {
    isReading = true
    while (waiting.length > 0) {
      const group = waiting.slice(0, questionsMax)
      waiting = waiting.slice(group.length)
      try {
        const answer = await read(group.map(({ question }) => question))
        for (const one of group) one.answer(answer)
      } catch (cause) {
        for (const one of group) one.fail(cause)
      }
    }
    isReading = false
    idle()
  }
  return (question) =>
    new Promise((answer, fail) => {
      waiting.push({ question, answer, fail })
      if (!isReading) void work()
    })
}

/** One gathering for each account that is being read for; those without anybody waiting are forgotten. */
function byAccount<Q, A>(read: (accountId: string, questions: readonly Q[]) => Promise<A>) {
  const gatherings = new Map<string, (question: Q) => Promise<A>>()
  return (accountId: string, question: Q): Promise<A> => {
    const known = gatherings.get(accountId)
    if (known !== undefined) return known(question)
    const made = gathered<Q, A>(
      (questions) => read(accountId, questions),
      () => void gatherings.delete(accountId),
    )
    gatherings.set(accountId, made)
    return made(question)
  }
}

type Reads = Pick<SmaStore, 'accounts' | 'facts'>

/** What every call reads, read for all calls that arrive together: one process carries them all, and the table answers one request at a time. */
export function gatheredReads({ accounts, facts }: Reads): Reads {
  const head = byAccount((accountId: string) => accounts.head(accountId))
  const lookUp = byAccount(async (accountId, questions: readonly (readonly FactKey[])[]) => {
    const wanted = new Map(questions.flat().map((key) => [factKey(key), key]))
    const found = await facts.lookUp(accountId, [...wanted.values()])
    return new Map(found.map((one) => [factKey(one.key), one]))
  })
  return {
    accounts: { head: (accountId) => head(accountId, undefined) },
    facts: {
      async lookUp(accountId, keys) {
        const found = await lookUp(accountId, keys)
        return keys.map((key) => found.get(factKey(key)) ?? { key, value: {} })
      },
    },
  }
}
