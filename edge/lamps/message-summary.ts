/** What waits for whoever sits at a phone, in the boxes they own. */
export interface MailCounts {
  readonly newCount: number
  readonly savedCount: number
  /** What a phone calls to hear them, such as `*97`. @default nothing is said of it */
  readonly dial?: string
}

export const eventPackage = 'message-summary'
export const summaryType = 'application/simple-message-summary'

/** More than a phone's display has room for; whoever counts wrong must not make a phone stumble. */
const countMax = 9_999
const bounded = (count: number): number => Math.max(0, Math.min(countMax, Math.trunc(count)))

/** The body of a NOTIFY that lights a lamp or puts it out: RFC 3842 §5.2. `domain` is where the account is called. */
export function messageSummary({ newCount, savedCount, dial }: MailCounts, domain: string): string {
  const account = dial !== undefined && /^[\w*.-]{1,36}$/.test(dial) ? [`Message-Account: sip:${dial}@${domain}`] : []
  return [
    `Messages-Waiting: ${bounded(newCount) > 0 ? 'yes' : 'no'}`,
    ...account,
    `Voice-Message: ${bounded(newCount)}/${bounded(savedCount)} (0/0)`,
    '',
  ].join('\r\n')
}
