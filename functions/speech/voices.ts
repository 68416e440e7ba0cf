/** The voice of each language: Polly's standard voices, which SMA's Speak and our own rendering share. */
const voices: Readonly<Record<string, string>> = {
  'en-US': 'Joanna',
  'en-GB': 'Amy',
  'en-AU': 'Nicole',
  'fr-CA': 'Chantal',
  'fr-FR': 'Celine',
  'es-US': 'Penelope',
  'es-ES': 'Conchita',
  'de-DE': 'Marlene',
  'it-IT': 'Carla',
  'pt-BR': 'Vitoria',
}
export const languageDefault = 'en-US'
export const voicedLanguages: readonly string[] = Object.keys(voices)

/** A language we have a voice for: the same, one of the same family, or US English. */
export function spokenLanguage(language: string): string {
  if (voices[language] !== undefined) return language
  const family = `${language.slice(0, 2)}-`
  return Object.keys(voices).find((known) => known.startsWith(family)) ?? languageDefault
}

export const voiceOf = (language: string): string => voices[spokenLanguage(language)] ?? 'Joanna'
