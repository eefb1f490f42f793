import type { Schema } from '@tributary/plugin'
import { Decimal, TypedNumber, dataError, logical } from '@tributary/plugin'
import { decimalBytes } from './decimal-bytes.ts'

/** How decimals are written: `json.decimal.format`. */
export type DecimalFormat = 'BASE64' | 'NUMERIC'

const dayMs = 86_400_000

/** JSON of a value as Kafka Connect's JsonConverter writes it without its schema, nothing rounded. Throws `data` for what JSON cannot hold. */
export function jsonText (schema: Schema | null, value: unknown, decimals: DecimalFormat): string {
  if (value === null || value === undefined) return schema?.default === undefined ? 'null' : jsonText(schema, schema.default, decimals)
  if (typeof value === 'object' && schema === null && isPlain(value)) return JSON.stringify(value)
  return write(schema, value, decimals)
}

/** Whether JSON.stringify writes a value without a schema exactly as it is. */
function isPlain (value: object): boolean {
  if (value instanceof Map || value instanceof Date || value instanceof Uint8Array || value instanceof Decimal || value instanceof TypedNumber) return false
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key]
    switch (typeof member) {
      case 'string': case 'boolean': break
      case 'number': if (!Number.isFinite(member)) return false
        break
      case 'object': if (member !== null && !isPlain(member)) return false
        break
      default: return false
    }
  }
  return true
}

function write (schema: Schema | null, value: unknown, decimals: DecimalFormat): string {
  if (value === null || value === undefined) return schema?.default === undefined ? 'null' : write(schema, schema.default, decimals)
  switch (typeof value) {
    case 'string': return JSON.stringify(value)
    case 'boolean': case 'bigint': return String(value)
    case 'number': return numberText(value, schema?.type === 'float64' || schema?.type === 'float32')
    case 'object': break
    default: throw dataError(`A value of type ${typeof value} cannot be written as JSON.`)
  }
  if (value instanceof TypedNumber) return numberText(value.value, value.type === 'float64' || value.type === 'float32')
  if (value instanceof Decimal) return decimals === 'NUMERIC' ? decimalText(value) : JSON.stringify(decimalBytes(value.unscaled).toString('base64'))
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'))
  if (value instanceof Date) return String(schema?.name === logical.date ? Math.floor(value.getTime() / dayMs) : value.getTime())
  if (Array.isArray(value)) return `[${value.map(item => write(schema?.valueSchema ?? null, item, decimals)).join(',')}]`
  if (value instanceof Map) return mapText(value, schema, decimals)
  if (schema?.type === 'struct') {
    const bag = value as Record<string, unknown>
    return `{${schema.fields.map(field => `${JSON.stringify(field.name)}:${write(field.schema, Object.hasOwn(bag, field.name) ? bag[field.name] : null, decimals)}`).join(',')}}`
  }
  return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${write(schema?.valueSchema ?? null, member, decimals)}`).join(',')}}`
}

function numberText (value: number, isFloat: boolean): string {
  if (!Number.isFinite(value)) return `"${value}"`
  if (Object.is(value, -0)) return isFloat ? '-0.0' : '0'
  return isFloat && Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value)
}

/** Maps with other keys than text are lists of pairs, as JsonConverter has them. */
function mapText (map: ReadonlyMap<unknown, unknown>, schema: Schema | null, decimals: DecimalFormat): string {
  const keySchema = schema?.keySchema ?? null
  const valueSchema = schema?.valueSchema ?? null
  const entries = [...map]
  if (entries.every(([key]) => typeof key === 'string')) return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${write(valueSchema, member, decimals)}`).join(',')}}`
  return `[${entries.map(([key, member]) => `[${write(keySchema, key, decimals)},${write(valueSchema, member, decimals)}]`).join(',')}]`
}

function decimalText ({ unscaled, scale }: Decimal): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
