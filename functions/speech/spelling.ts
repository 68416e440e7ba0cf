/** Names of the keys that are no digits; a voice reads digits themselves right in every language. */
const keyNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: { '*': 'star', '#': 'pound', '+': 'plus' },
  fr: { '*': 'étoile', '#': 'dièse', '+': 'plus' },
  es: { '*': 'asterisco', '#': 'numeral', '+': 'más' },
  de: { '*': 'Stern', '#': 'Raute', '+': 'plus' },
}

/** `1001` as `1, 0, 0, 1`: one by one, with the short pause a comma gives. */
export function spell(digits: string, language: string): string {
  const names = keyNames[language.slice(0, 2)] ?? keyNames.en
  return digits
    .split('')
    .map((key) => names?.[key] ?? key)
    .join(', ')
}
