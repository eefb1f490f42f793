import { Decimal, doubleText, TypedNumber } from '@tributary/plugin'

/** A value as Java's `toString` prints it: text as it is, maps as `{a=1, b=x}`, lists as `[1, 2]`. */
export function valueText (value: unknown): string {
  switch (typeof value) {
    case 'string': return value
    case 'number': return Number.isInteger(value) ? String(value) : doubleText(value)
    case 'object': return objectText(value)
    default: return String(value ?? null)
  }
}

function objectText (value: object | null): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (value instanceof TypedNumber) return value.type === 'float32' || value.type === 'float64' ? doubleText(value.value) : String(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
  if (value instanceof Decimal) return decimalText(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Map) return `{${Array.from(value, ([key, one]) => `${valueText(key)}=${valueText(one)}`).join(', ')}}`
  let text = ''
  for (const key in value) {
    if (text !== '') text += ', '
    text += `${key}=${valueText((value as Record<string, unknown>)[key])}`
  }
  return `{${text}}`
}

function decimalText ({ unscaled, scale }: Decimal): string {
  if (scale <= 0) return `${unscaled}${'0'.repeat(-scale)}`
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
