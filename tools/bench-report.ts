/** What a figure is held against: our own aim, and what others reach on the same kind of machine (docs of the peers in README "Figures"). */
export interface Against {
  readonly atLeast?: number
  readonly atMost?: number
  readonly unit?: string
  readonly peers?: string
}

const grouped = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })

/** A line of text beside what it is about; the form other parts of the bench print in. */
export const line = (what: string, figure: string): void => console.log(`${what.padEnd(64)} ${figure}`)

/** A figure with its unit, its aim and whether it is met. Shortfalls are counted. */
export function figure(what: string, value: number, unit: string, against: Against = {}): void {
  const { atLeast, atMost, peers } = against
  const bound = atLeast ?? atMost
  const isMet = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
  if (!isMet) shortfalls += 1
  const aim =
    bound === undefined
      ? ''
      : `aim ${atLeast === undefined ? '≤' : '≥'} ${grouped(bound)}: ${isMet ? 'met' : 'NOT MET'}`
  const notes = [aim, peers ?? ''].filter((note) => note !== '').join('; ')
  line(what, `${`${grouped(value)} ${unit}`.padEnd(22)}${notes}`.trimEnd())
}

let shortfalls = 0
/** Aims missed so far. */
export const shortfallsSoFar = (): number => shortfalls

export const heading = (title: string): void => console.log(`\n${title}`)
