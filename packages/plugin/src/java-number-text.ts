import { doubleText } from './java-text.ts'
import { Decimal } from './values.ts'

/** Digits as Java prints them around an exponent: plain from 10^-3 up to 10^7, else `1.0E10`. `scientific` is JavaScript's `1.5e+21`. */
function javaScientific (scientific: string): string {
  const [digits = '', exponent = ''] = scientific.split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`
}

/** The shortest digits that name this float32, as `toExponential` writes them; two at least, as Java demands. */
function shortestFloat (value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return text.replace(/0+e/, 'e').replace('.e', 'e')
  }
  return value.toExponential(9)
}

/** `Float.toString`: `0.1`, `1.0E10`, `NaN`. The value is rounded to a float32 first. */
export function floatText (value: number): string {
  const single = Math.fround(value)
  if (!Number.isFinite(single) || single === 0) return doubleText(single)
  const size = Math.abs(single)
  const shortest = shortestFloat(single)
  if (size < 1e-3 || size >= 1e7) return javaScientific(shortest)
  const plain = String(Number(shortest))
  return plain.includes('.') ? plain : `${plain}.0`
}

/** `BigDecimal.toString`: plain, or with an exponent when the scale is negative or the number is small. */
export function decimalText ({ unscaled, scale }: Decimal): string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString()
  if (scale === 0) return sign + digits
  const adjusted = digits.length - 1 - scale
  if (scale > 0 && adjusted >= -6) {
    const padded = digits.padStart(scale + 1, '0')
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  const exponent = adjusted === 0 ? '' : `E${adjusted > 0 ? '+' : ''}${adjusted}`
  return `${sign}${digits[0]}${fraction}${exponent}`
}

const bigDecimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/
const maxScale = 2 ** 31 - 1

/** The number that `new BigDecimal(text)` makes, digits and scale kept; null where Java throws NumberFormatException. */
export function parseDecimal (text: string): Decimal | null {
  const match = bigDecimal.exec(text)
  if (match === null) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole.length + fraction.length === 0) return null
  const scale = fraction.length - Number(exponent)
  if (Math.abs(Number(exponent)) > maxScale || scale > maxScale || scale < -maxScale - 1) return null
  const unscaled = BigInt(whole + fraction)
  return new Decimal(sign === '-' ? -unscaled : unscaled, scale)
}

/** The nearest double. */
export function decimalToNumber (decimal: Decimal): number {
  return Number(`${decimal.unscaled}e${-decimal.scale}`)
}

/** The whole part as `BigDecimal.toBigInteger` gives it, or null if it has too many digits to be worth writing out. */
function wholePart ({ unscaled, scale }: Decimal): bigint | null {
  if (scale <= 0) return scale < -10_000 ? null : unscaled * 10n ** BigInt(-scale)
  return scale > unscaled.toString().length ? 0n : unscaled / 10n ** BigInt(scale)
}

/** `BigDecimal.longValue`: the fraction cut off, the low 64 bits kept. */
export function decimalToInt64 (decimal: Decimal): bigint {
  // Past 10^64 the low 64 bits of a multiple of such a power of ten are zero.
  return BigInt.asIntN(64, wholePart(decimal) ?? 0n)
}
