/** A time of day: `09:05:12`. */
export const timeOf = (instant: string): string =>
  new Date(instant).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** With the day of the week, for what may be of yesterday. */
export const dayAndTimeOf = (instant: string): string =>
  new Date(instant).toLocaleString([], { weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** `3:05` */
export const durationOf = (seconds: number): string => {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** A code as people say it: `no-answer` → `no answer`. */
export const spoken = (code: string): string => code.replaceAll('-', ' ')

/** Somebody by name and number, whichever are known. JsSIP says `null` for no name, whatever its types say. */
export const partyOf = (number: string, name?: string | null): string =>
  (name ?? '') === '' || name === number ? number : `${name} (${number})`
