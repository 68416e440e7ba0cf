/**
 * The one table, described once: `infra/` builds it from this, the embedded engine is given it, tests run on it. Everything of an
 * account lies in partitions that begin with `ACCOUNT#<id>`, so a function that is given an account cannot reach another's.
 */
export const tableDescription = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Seconds since 1970; engines may take their time, so reads filter and `sweep` deletes. */
  timeToLive: 'expiresAtEpochSeconds',
  indexes: [{ name: 'byAccount', partitionKey: 'gsi1pk', sortKey: 'gsi1sk' }],
  stream: 'NEW_AND_OLD_IMAGES',
} as const

/** Longest document kept in an item, bytes of JSON; the service's limit is 400 kB with names and keys. */
export const documentBytesMax = 300_000

export const keys = {
  accounts: () => 'ACCOUNTS',
  account: (accountId: string) => `ACCOUNT#${accountId}`,
  revisions: (accountId: string, kind: string, id: string) => `ACCOUNT#${accountId}#REV#${kind}#${id}`,
  live: (accountId: string) => `ACCOUNT#${accountId}#LIVE`,
  calls: (accountId: string) => `ACCOUNT#${accountId}#CALLS`,
  cdrs: (accountId: string, day: string) => `ACCOUNT#${accountId}#CDR#${day}`,
  cdrOf: (accountId: string, callId: string) => `ACCOUNT#${accountId}#CALL#${callId}`,
  box: (accountId: string, boxId: string) => `ACCOUNT#${accountId}#BOX#${boxId}`,
  people: (accountId: string) => `ACCOUNT#${accountId}#PEOPLE`,
  apiKeys: (accountId: string) => `ACCOUNT#${accountId}#APIKEYS`,
  audit: (accountId: string) => `ACCOUNT#${accountId}#AUDIT`,
  bindings: (accountId: string) => `ACCOUNT#${accountId}#BINDINGS`,
  /** Names that are unique over the installation. */
  claim: (what: 'did' | 'username' | 'address', value: string) => `CLAIM#${what}#${value}`,
  apiKey: (hash: string) => `APIKEY#${hash}`,
  edge: (edgeId: string) => `EDGE#${edgeId}`,
} as const

export interface AccessPattern {
  readonly name: string
  readonly partition: string
  readonly sort: string
  readonly what: string
}

/** For docs/reference/table.md. */
export const accessPatterns: readonly AccessPattern[] = [
  { name: 'accounts', partition: 'ACCOUNTS', sort: '<account>', what: 'list of accounts, operator only' },
  { name: 'head', partition: 'ACCOUNT#<account>', sort: 'HEAD', what: 'configRevision; one consistent read a call' },
  {
    name: 'documents',
    partition: 'ACCOUNT#<account>',
    sort: 'DOC#<kind>#<id>',
    what: 'current documents, for lists and edits',
  },
  { name: 'drafts', partition: 'ACCOUNT#<account>', sort: 'DRAFT#<id>', what: 'callflow drafts, never live' },
  {
    name: 'revisions',
    partition: 'ACCOUNT#<account>#REV#<kind>#<id>',
    sort: '<revision>',
    what: 'immutable; the newest at or below N is the document at N',
  },
  {
    name: 'live facts',
    partition: 'ACCOUNT#<account>#LIVE',
    sort: '<kind>#<id>',
    what: 'do not disturb, forwards, counters; read in one batch',
  },
  { name: 'calls up', partition: 'ACCOUNT#<account>#CALLS', sort: '<call>', what: 'calls in progress' },
  {
    name: 'call history',
    partition: 'ACCOUNT#<account>#CDR#<day>',
    sort: '<instant>#<call>',
    what: 'one item a call, a partition a day',
  },
  { name: 'one call', partition: 'ACCOUNT#<account>#CALL#<call>', sort: 'CDR', what: 'where the record of a call is' },
  {
    name: 'messages',
    partition: 'ACCOUNT#<account>#BOX#<box>',
    sort: 'MSG#<folder>#<instant>#<id>',
    what: 'voicemail; OBJ#<id> marks an arrival',
  },
  { name: 'people', partition: 'ACCOUNT#<account>#PEOPLE', sort: '<username>', what: 'sign-in records' },
  { name: 'API keys', partition: 'ACCOUNT#<account>#APIKEYS', sort: '<id>', what: 'list; APIKEY#<hash> finds one' },
  { name: 'audit', partition: 'ACCOUNT#<account>#AUDIT', sort: '<instant>#<id>', what: 'who changed what' },
  {
    name: 'claims',
    partition: 'CLAIM#<what>#<value>',
    sort: 'CLAIM',
    what: 'DIDs, SIP usernames, portal addresses: one owner',
  },
  {
    name: 'bindings',
    partition: 'EDGE#<edge>',
    sort: '<username>#<binding>',
    what: 'contacts of phones; byAccount lists them by account',
  },
]
