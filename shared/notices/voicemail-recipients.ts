import type { User } from '../model/user.ts'
import type { VoicemailBox } from '../model/voicemail-box.ts'

type Owner = Pick<User, 'email' | 'voicemailToEmail' | 'enabled'>

const isSame = (one: string) => (other: string) => one.toLowerCase() === other.toLowerCase()

/**
 * Who is told of a new message: the box's addresses, and its owner unless the owner wants no notices. The switch is the
 * owner's: an address of theirs that stands in the box's list follows it as well. Nobody is told twice.
 */
export function voicemailRecipients({ notifyEmails }: Pick<VoicemailBox, 'notifyEmails'>, owner?: Owner): string[] {
  const own = owner?.email
  if (own === undefined) return [...notifyEmails]
  const others = notifyEmails.filter((email) => !isSame(own)(email))
  return owner?.voicemailToEmail === true && owner.enabled ? [own, ...others] : others
}
