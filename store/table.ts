/**
 * The one table, described once, as data: `infra/` builds it from this, the embedded engine is given it, `entity.ts` makes every key of
 * it. Names in braces are filled in; what belongs to an account begins with `ACCOUNT#{accountId}`, so that a function which is given an
 * account can form no key of another's.
 */

export interface Templates {
  readonly pk: string
  readonly sk: string
  /** Present on what can also be found another way; see `index`. */
  readonly gsi1pk?: string
  readonly gsi1sk?: string
  /** One line of docs/reference/table.md. */
  readonly what: string
}

export const tableDescription = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Seconds since 1970. Engines take their time (on AWS up to days), so every read filters and `sweep` deletes. */
  timeToLive: 'expiresAtEpochSeconds',
  /** The only index: history by day, bindings by edge task. Event logs and the like stay out of it. */
  indexes: [
    {
      name: 'gsi1',
      partitionKey: 'gsi1pk',
      sortKey: 'gsi1sk',
      projected: ['cdr', 'binding', 'expiresAtEpochSeconds'],
    },
  ],
  stream: 'NEW_AND_OLD_IMAGES',
} as const

/** Longest document kept in an item, bytes of JSON. The service allows 400 kB with names and keys; longer ones go to the object store. */
export const documentBytesMax = 300_000

const account = 'ACCOUNT#{accountId}'

/** What lies in the partitions of one account. */
export const accountTemplates = {
  head: { pk: account, sk: 'HEAD', what: 'configRevision and whether it is on: the one consistent read of a call' },
  current: {
    pk: `${account}#CURRENT#{kind}`,
    sk: '{id}',
    what: 'newest revision of every saved document, for lists, edits and cold starts',
  },
  version: {
    pk: `${account}#DOC#{kind}#{id}`,
    sk: 'REV#{revision}',
    what: 'immutable; the newest at or below N is the document at N; deleted ones leave a tombstone',
  },
  draft: { pk: `${account}#DRAFT`, sk: '{id}', what: 'callflow drafts, never live' },
  fact: {
    pk: `${account}#FACT`,
    sk: '{kind}#{id}',
    what: 'live facts: do-not-disturb, forwards, counters, PIN attempts, calls in progress; read in one batch',
  },
  done: { pk: `${account}#DONE#{id}`, sk: 'DONE', what: 'what must happen once, has; expires after a week' },
  outbox: {
    pk: `${account}#OUTBOX`,
    sk: '{dueMs}#{id}',
    what: 'what URLs are still to be told of calls; gone when told, or given up',
  },
  carrierPassword: {
    pk: `${account}#CARRIER#{id}`,
    sk: 'PASSWORD',
    what: 'password of a carrier, apart from its document: never in a list or a revision',
  },
  cdr: {
    pk: `${account}#CALL#{callId}`,
    sk: 'CDR',
    gsi1pk: `${account}#CDR#{day}`,
    gsi1sk: '{at}#{callId}',
    what: 'one call, exactly once; the index lists a day, newest first',
  },
  legs: {
    pk: `${account}#CALL#{callId}`,
    sk: 'LEGS#{part}',
    what: 'beside the record of a call: how its legs sounded and how they ended, as many as ended about together',
  },
  message: { pk: `${account}#BOX#{boxId}`, sk: 'MESSAGE#{id}', what: 'voicemail; the id follows from the object' },
  binding: {
    pk: `${account}#BINDINGS`,
    sk: '{username}#{id}',
    gsi1pk: 'EDGE#{edgeId}',
    gsi1sk: '{username}#{id}',
    what: 'contacts of phones; the index gives an edge task its own at its start',
  },
  login: {
    pk: `${account}#LOGIN#{username}`,
    sk: 'CLAIM',
    what: 'sign-in name, in lower case: one person of the account',
  },
  person: { pk: `${account}#PEOPLE`, sk: '{subject}', what: 'sign-in record: scrypt hash, role, lock-out' },
  apiKey: { pk: `${account}#APIKEYS`, sk: '{id}', what: 'API keys of the account, without their secrets' },
  provisioning: {
    pk: `${account}#PROVISIONING`,
    sk: '{deviceId}',
    what: 'folder a phone fetches its settings in, the passwords of its own menus, who fetched last',
  },
  audit: { pk: `${account}#AUDIT`, sk: '{at}#{id}', what: 'who changed what' },
} as const satisfies Record<string, Templates>

/** What is unique over the installation, or is found before the account is known. Each names its account inside. */
export const globalTemplates = {
  listing: { pk: 'ACCOUNTS', sk: '{accountId}', what: 'list of accounts, for the operator' },
  address: { pk: 'ADDRESS#{address}', sk: 'CLAIM', what: 'portal address: one account' },
  did: { pk: 'DID#{did}', sk: 'CLAIM', what: 'public number: one account' },
  credential: { pk: 'SIP#{username}', sk: 'CLAIM', what: 'SIP username and password: one device' },
  provisioningFolder: {
    pk: 'PROVISION#{hash}',
    sk: 'CLAIM',
    what: 'folder of a device, or a code for one fetch, by the hash of its secret; old ones expire',
  },
  secret: { pk: 'APIKEY#{hash}', sk: 'CLAIM', what: 'API key by the hash of its secret' },
} as const satisfies Record<string, Templates>
