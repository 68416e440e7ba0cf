/** Mail going out: SES on AWS; a mail server of the installation, or a folder the console shows, on one machine. */
export interface Attachment {
  readonly name: string
  readonly contentType: string
  readonly content: Uint8Array
}

export interface Mail {
  /** Bare address or `Name <address>`. */
  readonly from: string
  /** 1 to 50 recipients. */
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  /** Together at most 20 MB. */
  readonly attachments?: readonly Attachment[]
  /** Given twice, the mail is the same one; becomes its Message-ID, so that receivers can drop a second copy. */
  readonly id?: string
}

export interface MailPort {
  /** Rejects when the mail could not be handed over; the caller decides about another try. */
  send(mail: Mail): Promise<void>
}

export const recipientsMax = 50
export const attachmentBytesMax = 20 * 1_024 * 1_024
