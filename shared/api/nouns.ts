/** Every saved noun that has a list, with its path: adding one is a line here. What it can do besides is in a file of its own. */
import * as z from 'zod'
import { DeviceType, registers } from '../model/device.ts'
import { savedNouns } from '../model/document.ts'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'
import { crud, ListQuery, usernameToCome } from './crud.ts'

/** A phone's SIP username may be left out: the server makes one that is unique. */
export const registersWithout = (draft: object): object => {
  const type = DeviceType.safeParse('type' in draft ? draft.type : undefined)
  return type.success && registers(type.data) ? { username: usernameToCome, ...draft } : draft
}

export const users = crud('user', savedNouns.user, { path: '/users', many: 'users' })
const ofDevices = crud('device', savedNouns.device, { path: '/devices', many: 'devices' }, registersWithout)
export const devices = {
  ...ofDevices,
  list: contract({
    ...ofDevices.list,
    summary: 'List devices, those of a type or of a user where one is asked for',
    query: ListQuery.extend({ type: DeviceType.optional(), ownerId: Id.optional() }),
  }),
}
export const voicemailBoxes = crud('voicemail-box', savedNouns['voicemail-box'], {
  path: '/voicemail-boxes',
  many: 'voicemail boxes',
})
export const callflows = crud('callflow', savedNouns.callflow, {
  path: '/callflows',
  many: 'callflows',
})
export const menus = crud('menu', savedNouns.menu, { path: '/menus', many: 'menus' })
const mediaOfAll = crud('media', savedNouns.media, { path: '/media', many: 'media' })
/** What is in use is deleted only together with what takes its place. */
export const media = {
  ...mediaOfAll,
  remove: contract({
    ...mediaOfAll.remove,
    summary: 'Delete media; what is in use only with `replaceWith`, other media that all its users play from then on',
    query: z.object({ replaceWith: Id.optional() }),
    refusals: [409, 412],
  }),
} as const
export const groups = crud('group', savedNouns.group, { path: '/groups', many: 'groups' })
export const ringGroups = crud('ring-group', savedNouns['ring-group'], {
  path: '/ring-groups',
  many: 'ring groups',
})
export const schedules = crud('schedule', savedNouns.schedule, {
  path: '/schedules',
  many: 'time-of-day rules',
})
export const scheduleSets = crud('schedule-set', savedNouns['schedule-set'], {
  path: '/schedule-sets',
  many: 'time-of-day rule sets',
})
export const directories = crud('directory', savedNouns.directory, {
  path: '/directories',
  many: 'directories',
})
export const blacklists = crud('blacklist', savedNouns.blacklist, {
  path: '/blacklists',
  many: 'blacklists',
})
export const phoneNumbers = crud('phone-number', savedNouns['phone-number'], {
  path: '/phone-numbers',
  many: 'phone numbers',
})
export const emergencyAddresses = crud('emergency-address', savedNouns['emergency-address'], {
  path: '/emergency-addresses',
  many: 'emergency addresses',
})
export const conferences = crud('conference', savedNouns.conference, {
  path: '/conferences',
  many: 'conferences',
})
export const faxBoxes = crud('fax-box', savedNouns['fax-box'], {
  path: '/fax-boxes',
  many: 'fax boxes',
})
export const queues = crud('queue', savedNouns.queue, { path: '/queues', many: 'queues' })
export const carriers = crud('carrier', savedNouns.carrier, {
  path: '/carriers',
  many: 'carriers',
  writes: 'carriers:write',
})
export const featureCodes = crud('feature-code', savedNouns['feature-code'], {
  path: '/feature-codes',
  many: 'feature codes',
})
export const prompts = crud('prompt', savedNouns.prompt, {
  path: '/prompts',
  many: 'replaced prompts',
})
/** Made and deleted as a whole (`extensions.ts`): of these five only list, get and replace are served. */
export const extensions = crud('extension', savedNouns.extension, {
  path: '/extensions',
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
