/** Every saved noun that has a list, with its path: adding one is a line here. What it can do besides is in a file of its own. */
import { DeviceType, registers } from '../model/device.ts'
import { savedNouns } from '../model/document.ts'
import { crud, usernameToCome } from './crud.ts'

/** A phone's SIP username may be left out: the server makes one that is unique. */
const withUsername = (draft: object): object => {
  const type = DeviceType.safeParse('type' in draft ? draft.type : undefined)
  return type.success && registers(type.data) ? { username: usernameToCome, ...draft } : draft
}

export const users = crud('user', savedNouns.user, { path: '/users', one: 'user', many: 'users' })
export const devices = crud(
  'device',
  savedNouns.device,
  { path: '/devices', one: 'device', many: 'devices' },
  withUsername,
)
export const voicemailBoxes = crud('voicemail-box', savedNouns['voicemail-box'], {
  path: '/voicemail-boxes',
  one: 'voicemail box',
  many: 'voicemail boxes',
})
export const callflows = crud('callflow', savedNouns.callflow, {
  path: '/callflows',
  one: 'callflow',
  many: 'callflows',
})
export const menus = crud('menu', savedNouns.menu, { path: '/menus', one: 'menu', many: 'menus' })
export const media = crud('media', savedNouns.media, { path: '/media', one: 'media', many: 'media' })
export const groups = crud('group', savedNouns.group, { path: '/groups', one: 'group', many: 'groups' })
export const ringGroups = crud('ring-group', savedNouns['ring-group'], {
  path: '/ring-groups',
  one: 'ring group',
  many: 'ring groups',
})
export const schedules = crud('schedule', savedNouns.schedule, {
  path: '/schedules',
  one: 'time-of-day rule',
  many: 'time-of-day rules',
})
export const scheduleSets = crud('schedule-set', savedNouns['schedule-set'], {
  path: '/schedule-sets',
  one: 'time-of-day rule set',
  many: 'time-of-day rule sets',
})
export const directories = crud('directory', savedNouns.directory, {
  path: '/directories',
  one: 'directory',
  many: 'directories',
})
export const blacklists = crud('blacklist', savedNouns.blacklist, {
  path: '/blacklists',
  one: 'blacklist',
  many: 'blacklists',
})
export const phoneNumbers = crud('phone-number', savedNouns['phone-number'], {
  path: '/phone-numbers',
  one: 'phone number',
  many: 'phone numbers',
})
export const emergencyAddresses = crud('emergency-address', savedNouns['emergency-address'], {
  path: '/emergency-addresses',
  one: 'emergency address',
  many: 'emergency addresses',
})
export const conferences = crud('conference', savedNouns.conference, {
  path: '/conferences',
  one: 'conference',
  many: 'conferences',
})
export const faxBoxes = crud('fax-box', savedNouns['fax-box'], {
  path: '/fax-boxes',
  one: 'fax box',
  many: 'fax boxes',
})
export const queues = crud('queue', savedNouns.queue, { path: '/queues', one: 'queue', many: 'queues' })
export const carriers = crud('carrier', savedNouns.carrier, { path: '/carriers', one: 'carrier', many: 'carriers' })
export const featureCodes = crud('feature-code', savedNouns['feature-code'], {
  path: '/feature-codes',
  one: 'feature code',
  many: 'feature codes',
})
export const prompts = crud('prompt', savedNouns.prompt, {
  path: '/prompts',
  one: 'prompt',
  many: 'replaced prompts',
})
/** Made and deleted as a whole (`extensions.ts`): of these five only list, get and replace are served. */
export const extensions = crud('extension', savedNouns.extension, {
  path: '/extensions',
  one: 'extension',
  many: 'extensions',
})

/** Served whole; extensions are the exception. */
export const crudNouns = [
  users,
  devices,
  voicemailBoxes,
  callflows,
  menus,
  media,
  groups,
  ringGroups,
  schedules,
  scheduleSets,
  directories,
  blacklists,
  phoneNumbers,
  emergencyAddresses,
  conferences,
  faxBoxes,
  queues,
  carriers,
  featureCodes,
  prompts,
] as const
