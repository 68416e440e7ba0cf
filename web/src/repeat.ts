import { SignedOut } from './api.ts'
import { messageOf, NoConnection } from './connection.ts'

/** What came of asking for several things at once: nothing to say, something to say, or that the sign-in is over. */
export type Outcome = { readonly problem?: string } | { readonly signedOut: SignedOut }

/** Asks for all of them; one that fails takes nothing from the others. A missing server is said once. */
export async function askAll(asked: readonly (() => Promise<void>)[]): Promise<Outcome> {
  const failures = (await Promise.allSettled(asked.map(async (ask) => ask()))).flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  const signedOut = failures.find((failure) => failure instanceof SignedOut)
  if (signedOut !== undefined) return { signedOut }
  if (failures.length === 0) return {}
  const away = failures.find((failure) => failure instanceof NoConnection)
  const said = away === undefined ? [...new Set(failures.map(messageOf))].join(' ') : messageOf(away)
  return { problem: `${said} Trying again every few seconds.` }
}

/** Runs again and again, `everyMs` after the last time ended, while the page is looked at. Answers with how to stop it. */
export function repeat(everyMs: number, run: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const next = async () => {
    if (!document.hidden) await run()
    if (!isOver) timer = setTimeout(() => void next(), everyMs)
  }
  void next()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
