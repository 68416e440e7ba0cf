/** Every saved noun by its kind. The list: adding a noun is its file and one line here. */
import type * as z from 'zod'
import { Callflow } from '../callflow/callflow.ts'
import { Account } from './account.ts'
import { Blacklist } from './blacklist.ts'
import { Carrier } from './carrier.ts'
import { Conference } from './conference.ts'
import { Device } from './device.ts'
import { Directory } from './directory.ts'
import { EmergencyAddress } from './emergency-address.ts'
import { Extension } from './extension.ts'
import { FaxBox } from './fax-box.ts'
import { FeatureCode } from './feature-code.ts'
import { Group } from './group.ts'
import { Media } from './media.ts'
import { Menu } from './menu.ts'
import { MailboxRoute, NumberRoute, Routing } from './number-route.ts'
import { Ownership } from './ownership.ts'
import { PhoneNumber } from './phone-number.ts'
import { Prompt } from './prompt.ts'
import { Queue } from './queue.ts'
import { RingGroup } from './ring-group.ts'
import { Schedule, ScheduleSet } from './schedule.ts'
import { User } from './user.ts'
import { VoicemailBox } from './voicemail-box.ts'

/** Saved by people, through the API. */
export const savedNouns = {
  account: Account,
  user: User,
  device: Device,
  extension: Extension,
  'voicemail-box': VoicemailBox,
  callflow: Callflow,
  menu: Menu,
  media: Media,
  group: Group,
  'ring-group': RingGroup,
  schedule: Schedule,
  'schedule-set': ScheduleSet,
  directory: Directory,
  blacklist: Blacklist,
  'phone-number': PhoneNumber,
  'emergency-address': EmergencyAddress,
  conference: Conference,
  'fax-box': FaxBox,
  queue: Queue,
  carrier: Carrier,
  'feature-code': FeatureCode,
  prompt: Prompt,
} as const

/** Made by the store from saved nouns, in the same write; revisioned like them. */
export const derivedNouns = {
  ownership: Ownership,
  'number-route': NumberRoute,
  'mailbox-route': MailboxRoute,
  routing: Routing,
} as const

export const nouns = { ...savedNouns, ...derivedNouns } as const
export type SavedKind = keyof typeof savedNouns
export type Kind = keyof typeof nouns
export type DocumentOf<K extends Kind> = z.infer<(typeof nouns)[K]>

export interface DocumentKey<K extends Kind = Kind> {
  readonly kind: K
  readonly id: string
}

/** Ids of the documents an account has one of. */
export const singletonId = 'account'
