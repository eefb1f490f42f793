/** Text as Java makes it, where users compare it: configuration values and messages. */

/** `String.trim`: drops characters up to the blank, control characters included, and no others. */
export function trimJava (text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 32) start++
  while (end > start && text.charCodeAt(end - 1) <= 32) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** `Double.toString`: always a fraction, `1.0E10` from 10^7 on and below 10^-3. */
export function doubleText (value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const shortest = value.toExponential()
  // Java prints two digits at least, and then the nearest two: 4.9E-324, not 5.0E-324.
  const [digits = '', exponent = ''] = (shortest.includes('.') ? shortest : value.toExponential(1)).split('e')
  return `${digits}E${exponent.replace('+', '')}`
}

/** Words in the order in which a Java `HashSet` filled one by one gives them back. */
export function hashOrder (words: readonly string[]): string[] {
  const unique = [...new Set(words)]
  let buckets = 16
  while (unique.length > buckets * 0.75) buckets *= 2
  const place = (word: string): number => {
    let hash = 0
    for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return unique.map(word => ({ word, at: place(word) })).sort((a, b) => a.at - b.at).map(({ word }) => word)
}

/** Decimal digits of any script as 0 to 9, since Java counts with all of them that are one char; the others stay as they are. */
export function asciiDigits (text: string): string {
  // Digits of a script stand together, from 0 on.
  return /[^\0-\u007f]/.test(text) ? text.replace(/(?![0-9])\p{Nd}/gu, digit => digit.length === 1 ? String(digitValue(digit.charCodeAt(0))) : digit) : text
}

function digitValue (code: number): number {
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCharCode(code - value - 1))) value++
  return value
}
