/** Letters of the keypad, ITU-T E.161. */
const groups: readonly (readonly [digit: string, letters: string])[] = [
  ['2', 'abc'],
  ['3', 'def'],
  ['4', 'ghi'],
  ['5', 'jkl'],
  ['6', 'mno'],
  ['7', 'pqrs'],
  ['8', 'tuv'],
  ['9', 'wxyz'],
]
const digitOf = new Map(
  groups.flatMap(([digit, letters]) => letters.split('').map((letter) => [letter, digit] as const)),
)

/** Letters that Unicode does not take apart, and two scripts commonly met on Western name badges. */
const transliterations: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  đ: 'd',
  ı: 'i',
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  д: 'd',
  е: 'e',
  ё: 'e',
  ж: 'zh',
  з: 'z',
  и: 'i',
  й: 'i',
  к: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ф: 'f',
  х: 'kh',
  ц: 'ts',
  ч: 'ch',
  ш: 'sh',
  щ: 'shch',
  ъ: '',
  ы: 'y',
  ь: '',
  э: 'e',
  ю: 'yu',
  я: 'ya',
  α: 'a',
  β: 'v',
  γ: 'g',
  δ: 'd',
  ε: 'e',
  ζ: 'z',
  η: 'i',
  θ: 'th',
  ι: 'i',
  κ: 'k',
  λ: 'l',
  μ: 'm',
  ν: 'n',
  ξ: 'x',
  ο: 'o',
  π: 'p',
  ρ: 'r',
  σ: 's',
  ς: 's',
  τ: 't',
  υ: 'y',
  φ: 'f',
  χ: 'ch',
  ψ: 'ps',
  ω: 'o',
}

/** Keys that spell a name: accents dropped, apostrophes, hyphens and spaces passed over. Empty when nothing of it is on a keypad. */
export function keypadDigits(name: string): string {
  let digits = ''
  for (const char of name.normalize('NFD').toLowerCase().replaceAll(/\p{M}/gu, ''))
    for (const letter of transliterations[char] ?? char)
      digits += digitOf.get(letter) ?? (/\d/.test(letter) ? letter : '')
  return digits
}
