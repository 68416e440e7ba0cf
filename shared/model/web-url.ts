import * as z from 'zod'

/**
 * An address in the web that the PBX may turn to: no user name or password in it, no fragment, and nothing that is not printable ASCII.
 * Whether the place it leads to may be asked is decided when it is, by where it is.
 */
export const WebUrl = z
  .string()
  .max(2_048)
  .regex(
    /^https?:\/\/[A-Za-z0-9.[\]:-]{1,255}([/?][!-"$-~]{0,1700})?$/,
    'Write https:// and an address, without a user name and without #.',
  )
