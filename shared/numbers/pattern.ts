import { RE2JS } from 're2js'

/** Characters of a pattern; longer ones are refused when saved. */
export const patternMax = 256

/** A regular expression that takes time in proportion to the text, whoever wrote it. Found anywhere in the text unless anchored. */
export interface Pattern {
  test(text: string): boolean
  /** The whole match and the longest capture group, first of equals. */
  exec(text: string): { readonly whole: string; readonly capture: string | undefined } | undefined
}

export type Compiled = Pattern | { readonly problem: string }

/** Compiled patterns kept; expressions come from saved documents, so there are few. */
const cacheMax = 2_000
const cache = new Map<string, Compiled>()

function compile(text: string, lengthMax: number): Compiled {
  if (text.length === 0 || text.length > lengthMax) return { problem: `Use 1 to ${lengthMax} characters.` }
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(text)
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'Not a regular expression.' }
  }
  return {
    test: (subject) => compiled.matcher(subject).find(),
    exec(subject) {
      const matcher = compiled.matcher(subject)
      if (!matcher.find()) return undefined
      let capture: string | undefined
      for (let group = 1; group <= matcher.groupCount(); group += 1) {
        const found = matcher.group(group)
        if (found !== null && (capture === undefined || found.length > capture.length)) capture = found
      }
      return { whole: matcher.group() ?? '', capture }
    },
  }
}

/** Compiles a pattern of an administrator's, or says what is wrong with it. Linear time by RE2's rules: no look-around, no back-references. */
export function compilePattern(text: string, lengthMax = patternMax): Compiled {
  const known = text.length <= lengthMax ? cache.get(text) : undefined
  if (known !== undefined) return known
  const compiled = compile(text, lengthMax)
  if (text.length > lengthMax) return compiled
  if (cache.size >= cacheMax) cache.delete(cache.keys().next().value ?? '')
  cache.set(text, compiled)
  return compiled
}
