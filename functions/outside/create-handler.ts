import type { Store } from '@offhook/store/store.ts'
import type { UrlTeller } from './url-teller.ts'

/** Outboxes looked after at once. */
const atOnce = 16
const accountsPageMax = 200

/** As much as is read of a stream's event; a clock's has no records. */
export interface OutsideEvent {
  readonly Records?: readonly { readonly dynamodb?: { readonly Keys?: { readonly pk?: { readonly S?: string } } } }[]
}

const accountOf = (pk: string): string | undefined => /^ACCOUNT#([^#]+)#OUTBOX$/.exec(pk)?.[1]

/** What came into outboxes is told at once; every minute what has to be tried again is, in every account. */
export function createOutsideHandler(
  { accounts }: Pick<Store, 'accounts'>,
  teller: Pick<UrlTeller, 'tellDue'>,
): (event: OutsideEvent) => Promise<void> {
  async function tell(accountIds: readonly string[]): Promise<void> {
    for (let start = 0; start < accountIds.length; start += atOnce)
      await Promise.all(accountIds.slice(start, start + atOnce).map((accountId) => teller.tellDue(accountId)))
  }
  return async ({ Records }) => {
    if (Records !== undefined) {
      const named = Records.flatMap(({ dynamodb }) => accountOf(dynamodb?.Keys?.pk?.S ?? '') ?? [])
      return tell([...new Set(named)])
    }
    let cursor: string | undefined
    do {
      const page = await accounts.list({ limit: accountsPageMax, cursor })
      await tell(page.items.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== undefined)
  }
}
