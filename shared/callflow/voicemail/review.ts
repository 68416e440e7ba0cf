/** Silent or wrong keys before a recording is taken as it is; who hung up or fell silent meant it. */
export const silentRoundsMax = 4

/** What a caller wants done with what was just recorded: 1 saves, 2 plays it, 3 records it again; anything else is asked again. */
export function reviewChoice(key: string, silentRounds: number): 'save' | 'listen' | 'again' | 'ask' {
  if (key === '1') return 'save'
  if (key === '2') return 'listen'
  if (key === '3') return 'again'
  return silentRounds + 1 >= silentRoundsMax ? 'save' : 'ask'
}
