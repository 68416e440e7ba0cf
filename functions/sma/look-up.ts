import type { FactKey } from '@offhook/shared/callflow/vocabulary.ts'
import type { LookedUp, SmaDependencies } from './dependencies.ts'

/** A caller's name that takes longer is not waited for, ms. */
export const callerNameMsMax = 800

type Parts = Pick<SmaDependencies, 'store' | 'callerNames' | 'log'>

/** Answers what a turn must know: facts of the account in one batch, names of callers from whoever knows them, at the same time. */
export async function lookUp(parts: Parts, accountId: string, keys: readonly FactKey[]): Promise<readonly LookedUp[]> {
  const { callerNames } = parts
  if (callerNames === undefined) return parts.store.facts.lookUp(accountId, keys)
  const facts = keys.filter(({ kind }) => kind !== 'caller-name')
  const names = keys.filter(({ kind }) => kind === 'caller-name')
  const [found, named] = await Promise.all([
    facts.length === 0 ? [] : parts.store.facts.lookUp(accountId, facts),
    Promise.all(names.map(async (key) => ({ key, value: await nameOf(parts, callerNames, accountId, key.id) }))),
  ])
  return [...found, ...named]
}

/** Nothing where there is no name, where it fails, and where it takes too long: the call goes on without. */
async function nameOf(
  { log }: Pick<Parts, 'log'>,
  callerNames: NonNullable<Parts['callerNames']>,
  accountId: string,
  number: string,
): Promise<Record<string, unknown>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), callerNameMsMax)
  })
  try {
    const name = await Promise.race([callerNames.nameOf(accountId, number), late])
    return name === undefined ? {} : { name: name.slice(0, 64) }
  } catch (error) {
    log({ level: 'WARN', callerName: error instanceof Error ? error.message : String(error) })
    return {}
  } finally {
    clearTimeout(timer)
  }
}
