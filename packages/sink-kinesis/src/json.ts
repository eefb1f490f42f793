import { Decimal, logical, TypedNumber, type Schema } from '@tributary/plugin'

declare global {
  interface JSON { rawJSON (text: string): unknown }
}

const millisADay = 86_400_000

/**
 * The JSON text of a Connect value. Nothing is rounded: 64-bit integers and decimals are written in full digits. Bytes become base64; dates
 * become what Java's JsonConverter writes (days, milliseconds); NaN and the infinities become text, as JSON has no number for them.
 */
export function jsonText (schema: Schema | null, value: unknown): string {
  return JSON.stringify(plain(schema, value))
}

function decimalText (value: Decimal): string {
  if (value.scale <= 0) return String(value.unscaled * 10n ** BigInt(-value.scale))
  const negative = value.unscaled < 0n
  const digits = String(negative ? -value.unscaled : value.unscaled).padStart(value.scale + 1, '0')
  const point = digits.length - value.scale
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

function typedNumber (value: TypedNumber): unknown {
  if (!Number.isFinite(value.value)) return String(value.value)
  const isFloat = value.type === 'float32' || value.type === 'float64'
  return isFloat && Number.isInteger(value.value) && Math.abs(value.value) < 1e21 ? JSON.rawJSON(`${value.value}.0`) : value.value
}

function dateNumber (schema: Schema | null, value: Date): number {
  return schema?.name === logical.date ? Math.floor(value.getTime() / millisADay) : value.getTime()
}

function plain (schema: Schema | null, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return JSON.rawJSON(String(value))
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (Array.isArray(value)) return value.map(item => plain(schema?.valueSchema ?? null, item))
  if (value instanceof Decimal) return JSON.rawJSON(decimalText(value))
  if (value instanceof TypedNumber) return typedNumber(value)
  if (value instanceof Date) return dateNumber(schema, value)
  return schema?.type === 'struct' ? plainStruct(schema, value as Record<string, unknown>) : plainMap(schema?.valueSchema ?? null, value)
}

function plainStruct (schema: Schema, value: Record<string, unknown>): unknown {
  const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const field of schema.fields) {
    const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined
    out[field.name] = plain(field.schema, given ?? field.schema.default)
  }
  return out
}

function plainMap (valueSchema: Schema | null, value: object): unknown {
  const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const entries = value instanceof Map ? value : Object.entries(value)
  for (const [key, item] of entries as Iterable<[unknown, unknown]>) out[typeof key === 'string' ? key : jsonText(null, key)] = plain(valueSchema, item)
  return out
}
