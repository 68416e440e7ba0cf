import type { Store } from '@offhook/store/store.ts'

const everyMs = 60_000
/** Accounts looked after in one round. */
const accountsMax = 10_000

/** Every account of the installation, a page at a time. */
export async function* accountIds(store: Store): AsyncGenerator<string> {
  let cursor: string | undefined
  let seen = 0
  do {
    const page = await store.accounts.list({ limit: 200, cursor })
    for (const { id } of page.items) yield id
    seen += page.items.length
    cursor = page.cursor
  } while (cursor !== undefined && seen < accountsMax)
}

/** Calls that nobody ended are dropped, in every account. */
export async function recountAll(store: Store): Promise<void> {
  for await (const accountId of accountIds(store)) await store.calls.recount(accountId)
}

/** Accounts that were made by an older version get what is new, each once. */
export async function bringUpToDate(store: Store): Promise<void> {
  for await (const accountId of accountIds(store)) await store.documents.bringUpToDate(accountId)
}

/**
 * What a cloud's table does by itself: expired things go, now and every minute. Keeps no process alive. Answers with how to stop it.
 */
export function keepHouse(store: Store, onError: (error: unknown) => void): () => void {
  const clean = async () => {
    await store.sweep()
    await recountAll(store)
  }
  const round = () => void clean().catch(onError)
  round()
  const timer = setInterval(round, everyMs).unref()
  return () => clearInterval(timer)
}
