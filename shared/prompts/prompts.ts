import type { Language } from '../model/id.ts'
import { frenchPrompts } from './french-prompts.ts'

/** Everything the PBX says, by id: our own words. Rendered once per language; an account may replace any of them. */
export const prompts = {
  'menu-no-greeting': 'Please press a key.',
  'menu-invalid': 'That is not a valid choice.',
  'greeting-record': 'After the tone, record the greeting. Press any key when you are done.',
  'media-record': 'After the tone, record what callers are to hear. Press any key when you are done.',
  'media-saved': 'The recording is saved.',
  'greeting-saved': 'Your greeting is saved.',
  'recording-too-short': 'That was too short.',
  review: 'To save, press 1. To listen, press 2. To record again, press 3.',
  'system-problem':
    'We are sorry. This call cannot be completed because of a problem in the system. Please try again later.',
  'number-not-in-service': 'The number you have dialed is not in service.',
  'not-available': 'This service is not available.',
  'feature-not-available': 'This feature is not available.',
  'call-not-allowed': 'This call is not allowed from your phone.',
  'emergency-not-available':
    'Emergency calls cannot be placed from this phone system. Hang up and use another phone to call for help now.',
  'confirm-call': 'You have a call. To accept it, press 1.',
  'dnd-on': 'Do not disturb is on.',
  'dnd-off': 'Do not disturb is off.',
  'forward-enter-number': 'Enter the number your calls should go to, then press pound.',
  'forward-on': 'Your calls are now forwarded to',
  'forward-off': 'Your calls are no longer forwarded.',
  'forward-on-busy': 'While you are busy, your calls are now forwarded to',
  'forward-off-busy': 'While you are busy, your calls are no longer forwarded.',
  'forward-on-unanswered': 'Calls that you do not answer are now forwarded to',
  'forward-off-unanswered': 'Calls that you do not answer are no longer forwarded.',
  'forward-saved': 'The number is saved.',
  'forward-not-allowed': 'Calls cannot be forwarded to that number.',
  'forward-on-unregistered': 'While your phones are off line, your calls are now forwarded to',
  'forward-off-unregistered': 'While your phones are off line, your calls are no longer forwarded.',
  'follow-me-on': 'This phone can be called again.',
  'follow-me-off': 'This phone is no longer called.',
  'call-return-last': 'Your last caller was',
  'call-return-press-1': 'To call back, press 1.',
  'call-return-nobody': 'Nobody has called you.',
  'disa-enter-pin': 'Enter your PIN, then press pound.',
  'disa-wrong-pin': 'That PIN is not right.',
  'disa-locked': 'There were too many wrong PINs. Please call again later.',
  'disa-goodbye': 'Goodbye.',
  'caller-id-enter': 'Enter the number that this call should show, then press pound.',
  'caller-id-not-yours': 'That number cannot be shown.',
  'hotdesk-enter-extension': 'Enter your extension, then press pound.',
  'hotdesk-enter-pin': 'Enter your PIN, then press pound.',
  'hotdesk-invalid': 'That entry is not valid.',
  'hotdesk-logged-in': 'You are logged in at this phone.',
  'hotdesk-logged-out': 'You are logged out of this phone.',
  'directory-enter': 'Spell the first or last name of the person you want with the keys of your phone.',
  'directory-enter-first': 'Spell the first name of the person you want with the keys of your phone.',
  'directory-enter-last': 'Spell the last name of the person you want with the keys of your phone.',
  'directory-too-few': 'Please enter more letters.',
  'directory-no-match': 'Nobody matches.',
  'directory-again': 'Let us try again.',
  'directory-confirm': 'To be connected, press 1. To try another name, press 2.',
  'directory-press-1': 'Press 1.',
  'directory-press-2': 'Press 2.',
  'directory-press-3': 'Press 3.',
  'directory-press-4': 'Press 4.',
  'directory-more': 'For more names, press 9.',
  'directory-start-over': 'To start over, press star.',
  'schedule-menu': 'To open these hours now, press 1. To close them now, press 2. To go by the clock again, press 3.',
  'schedule-on': 'These hours are now on, whatever the clock says.',
  'schedule-off': 'These hours are now off, whatever the clock says.',
  'schedule-reset': 'These hours go by the clock again.',
  'vm-person': 'The person at extension',
  'vm-not-available': 'is not available.',
  'vm-record-message': 'Please leave a message after the tone.',
  'vm-mailbox-full': 'This voicemail box is full. Good-bye.',
  'vm-no-box': 'There is no voicemail box here.',
  'vm-review': 'To save your message, press 1. To listen, press 2. To record again, press 3.',
  'vm-saved': 'Your message is saved. Thank you. Good-bye.',
  'vm-enter-id': 'Please enter the number of the voicemail box, then press pound.',
  'vm-enter-pin': 'Please enter your PIN, then press pound.',
  'vm-fail': 'That is not correct.',
  'vm-locked': 'This voicemail box is locked. Please try again later.',
  'vm-no-access': 'This voicemail box has no PIN, so only its owner can open it.',
  'vm-goodbye': 'Good-bye.',
  'vm-setup-intro': 'Welcome. Let us set up your voicemail box.',
  'vm-enter-new-pin': 'Enter a new PIN of four to six digits, then press pound.',
  'vm-enter-new-pin-again': 'Enter it once more.',
  'vm-pin-set': 'Your new PIN is set.',
  'vm-pin-invalid': 'That PIN cannot be used.',
  'vm-record-greeting': 'After the tone, record your greeting. Press any key when you are done.',
  'vm-record-temporary': 'After the tone, record the greeting to be used for a while. Press any key when you are done.',
  'vm-temporary-deleted': 'Your temporary greeting is deleted.',
  'vm-record-name': 'After the tone, say your name. Press any key when you are done.',
  'vm-setup-complete': 'Your voicemail box is ready.',
  'vm-no-messages': 'You have no messages.',
  'vm-no-new': 'You have no new messages.',
  'vm-no-saved': 'You have no saved messages.',
  'vm-no-more': 'There are no more messages.',
  'vm-no-earlier': 'This is the first message.',
  'vm-main-menu':
    'For new messages, press 1. For saved messages, press 2. To change your greeting or PIN, press 5. To finish, press pound.',
  'vm-main-menu-not-configurable': 'For new messages, press 1. For saved messages, press 2. To finish, press pound.',
  'vm-configure-menu':
    'To record your greeting, press 1. To record your name, press 2. To change your PIN, press 3. To record a temporary greeting, press 4. To delete it, press 5. To take messages or only play the greeting, press 6. To delete your greeting, press 7. To delete your name, press 8. For the main menu, press 0.',
  'vm-message-menu':
    'To keep the message, press 1. To hear it again, press 2. To forward it, press 3. For the message before, press 4. For the next one, press 6. To delete it, press 7. To call back, press 9. For the main menu, press 0.',
  'vm-greeting-deleted': 'Your greeting is deleted.',
  'vm-name-deleted': 'Your recorded name is deleted.',
  'vm-announcement-on': 'Callers now hear your greeting only and cannot leave messages.',
  'vm-announcement-off': 'Callers can leave messages again.',
  'vm-forward-enter-box': 'Enter the number of the voicemail box to send the message to, then press pound.',
  'vm-forward-no-box': 'The message cannot be sent to that number.',
  'vm-forward-full': 'That voicemail box takes no messages.',
  'vm-forward-to': 'The message goes to',
  'vm-forward-menu':
    'To record an introduction, press 1. To send the message as it is, press 2. To add another voicemail box, press 3. To cancel, press 0.',
  'vm-record-introduction': 'After the tone, record your introduction. Press any key when you are done.',
  'vm-forward-review':
    'To send the message, press 1. To listen to your introduction, press 2. To record it again, press 3. To cancel, press 0.',
  'vm-forwarded': 'The message is sent.',
  'vm-forward-cancelled': 'The message is not sent.',
  'vm-message-saved': 'Message saved.',
  'vm-message-deleted': 'Message deleted.',
} as const satisfies Readonly<Record<string, string>>

export type PromptId = keyof typeof prompts

const isPromptId = (id: string): id is PromptId => Object.hasOwn(prompts, id)

/** Languages that every prompt has words in. */
export const promptLanguages: readonly Language[] = ['en-US', 'fr-CA']

/** The text of a prompt in a language; English where there is none yet. `undefined` for an id that does not exist. */
export function promptText(id: string, language: Language): string | undefined {
  if (!isPromptId(id)) return undefined
  return language.startsWith('fr') ? frenchPrompts[id] : prompts[id]
}

/**
 * Languages a prompt is looked for in, best first; the last one has words for every prompt. What an account says in the language
 * itself comes first, then what it says in one of the family, then our own words.
 */
export function promptFallbacks(language: Language): readonly Language[] {
  if (promptLanguages.includes(language)) return [language]
  const family = promptLanguages.find((one) => one.slice(0, 2) === language.slice(0, 2))
  return [language, family ?? 'en-US']
}
