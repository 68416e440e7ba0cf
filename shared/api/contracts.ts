/** The list of everything the API does. A new resource is its file and a line here; OpenAPI and the tests follow from it. */
import * as account from './account.ts'
import * as accounts from './accounts.ts'
import * as apiKeys from './api-keys.ts'
import { listAudit } from './audit.ts'
import * as blacklists from './blacklists.ts'
import { getDeviceCallerIds, getUserCallerIds } from './caller-ids.ts'
import * as callflows from './callflows.ts'
import { listCalls, listRegistrations } from './calls.ts'
import { setCarrierPassword, testCarrier } from './carriers.ts'
import * as cdrs from './cdrs.ts'
import { checkDirectoryDraft, checkRingGroupDraft } from './checks.ts'
import type { Contract } from './contract.ts'
import * as devices from './devices.ts'
import * as extensions from './extensions.ts'
import { listDeviceStates, listUserStates } from './live-states.ts'
import { getMe, getSignIn, setUserPassword } from './me.ts'
import { getMediaAudio, putMediaAudio } from './media-audio.ts'
import { listMediaLibrary, listMenuOverview } from './media-library.ts'
import { listMyBoxes, openMyPhone } from './my-phone.ts'
import { crudNouns, extensions as extensionNoun } from './nouns.ts'
import * as provisioning from './provisioning.ts'
import * as traces from './sip-traces.ts'
import { listSystemPrompts } from './system-prompts.ts'
import { listReferences } from './used-by.ts'
import * as messages from './voicemail-messages.ts'

export const contracts: readonly Contract[] = [
  getSignIn,
  getMe,
  openMyPhone,
  listMyBoxes,
  accounts.listAccounts,
  accounts.createAccount,
  account.getAccount,
  account.updateAccount,
  account.getUsage,
  extensionNoun.list,
  extensionNoun.get,
  extensions.createExtension,
  extensionNoun.replace,
  extensions.removeExtension,
  extensions.nextExtension,
  extensions.extensionParts,
  ...crudNouns.flatMap((noun) => [noun.list, noun.get, noun.create, noun.replace, noun.remove]),
  setCarrierPassword,
  testCarrier,
  putMediaAudio,
  listReferences,
  checkDirectoryDraft,
  checkRingGroupDraft,
  blacklists.addToBlacklist,
  blacklists.isBlacklistActive,
  blacklists.activateBlacklist,
  getDeviceCallerIds,
  getUserCallerIds,
  getMediaAudio,
  listMediaLibrary,
  listMenuOverview,
  listSystemPrompts,
  setUserPassword,
  devices.revealDevicePassword,
  devices.rotateDevicePassword,
  provisioning.getProvisioning,
  provisioning.previewProvisioningFile,
  provisioning.revealProvisioningFolder,
  provisioning.rotateProvisioningFolder,
  provisioning.revokeProvisioningFolder,
  provisioning.resyncDevice,
  provisioning.issueSoftPhoneCode,
  callflows.getCallflowDraft,
  callflows.saveCallflowDraft,
  callflows.discardCallflowDraft,
  callflows.publishCallflow,
  callflows.listCallflowVersions,
  callflows.getCallflowVersion,
  callflows.rollBackCallflow,
  callflows.duplicateCallflow,
  callflows.checkCallflowDraft,
  callflows.moveNumber,
  callflows.revealModuleSecret,
  listRegistrations,
  listCalls,
  listUserStates,
  listDeviceStates,
  cdrs.listCdrs,
  cdrs.exportCdrs,
  cdrs.getCdr,
  traces.startSipTrace,
  traces.getLadder,
  traces.getLadderText,
  messages.listMessages,
  messages.getMessage,
  messages.getMessageAudio,
  messages.markMessage,
  messages.removeMessage,
  listAudit,
  apiKeys.listApiKeys,
  apiKeys.createApiKey,
  apiKeys.revokeApiKey,
]
