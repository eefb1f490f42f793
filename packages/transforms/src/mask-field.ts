import { Decimal, dataError, defineTransform, isInt64, javaClassOf, numberTypeOf, parseDecimal, t, validators } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { replaceNullWithDefault } from './common-keys.ts'
import { schemaless, toDouble, toInteger } from './java-numbers.ts'
import { isBag, keyPart, memberOf, requireMap, requireStruct, valuePart } from './record-part.ts'
import type { RecordPart } from './record-part.ts'
import { putMember, structMember, withMembers } from './struct-access.ts'

const config = t.object({
  fields: t.list({
    description: 'Fields to mask.',
    importance: 'HIGH',
    validator: validators.distinctList({ emptyAllowed: false, nullAllowed: false })
  }),
  replacement: t.string({
    description: 'Written instead of the value, as the type of the field: for numbers and text only. Without it a field becomes 0, false, empty or 1 January 1970.',
    default: null,
    importance: 'LOW',
    nonEmpty: true
  }),
  'replace.null.with.default': replaceNullWithDefault
})

const purpose = 'mask fields'

/** Java's `org.apache.kafka.connect.transforms.MaskField`. */
function maskField (part: RecordPart) {
  return defineTransform({
    summary: `Overwrites fields of the ${part.name.toLowerCase()} that must not be seen.`,
    config,
    create: ({ fields, replacement, 'replace.null.with.default': withDefault }) => {
      const masked = new Set(fields)
      return record => {
        const value = part.value(record)
        const schema = part.schema(record)
        if (schema === null) {
          const map = requireMap(value, purpose)
          return part.replace(record, null, withMembers(map, fields.map(name => [name, mask(memberOf(map, name), null, replacement)] as const)))
        }
        const struct = requireStruct(value, schema, purpose)
        const result: Record<string, unknown> = {}
        for (const field of schema.fields) {
          const member = structMember(struct, field, withDefault)
          putMember(result, field.name, field.schema, masked.has(field.name) ? mask(member, field.schema, replacement) : member)
        }
        return part.replace(record, schema, result)
      }
    }
  })
}

export const maskFieldKey = maskField(keyPart)
export const maskFieldValue = maskField(valuePart)

function mask (value: unknown, schema: Schema | null, replacement: string | null): unknown {
  if (value === null) return null
  return replacement === null ? emptied(value, schema) : replaced(value, schema, replacement)
}

function emptied (value: unknown, schema: Schema | null): unknown {
  if (typeof value === 'string') return ''
  if (typeof value === 'boolean') return false
  if (value instanceof Date) return new Date(0)
  if (value instanceof Decimal) return new Decimal(0n, 0)
  if (Array.isArray(value)) return []
  if (typeof value === 'bigint') return !isInt64(value) ? 0n : 0
  const type = numberTypeOf(value, schema)
  if (type !== null) return schema === null ? schemaless(0, type) : 0
  if (isBag(value) && schema?.type !== 'struct') return {}
  throw dataError(`Cannot mask value of type: class ${javaClassOf(value, schema)}`)
}

function replaced (value: unknown, schema: Schema | null, replacement: string): unknown {
  if (typeof value === 'string') return replacement
  const number = parseDecimal(replacement)
  const refuse = (): never => { throw dataError('Unable to convert the replacement of MaskField to a number') }
  if (value instanceof Decimal) return number ?? refuse()
  if (typeof value === 'bigint' && !isInt64(value)) return /^[+-]?\d+$/.test(replacement) ? BigInt(replacement.replace('+', '')) : refuse()
  const type = numberTypeOf(value, schema)
  if (type === null) throw dataError(`Cannot mask value of type class ${javaClassOf(value, schema)} with custom replacement.`)
  const given = { decimal: number ?? refuse() }
  const converted = type === 'float64' ? toDouble(given) : type === 'float32' ? Math.fround(toDouble(given)) : toInteger(given, type)
  return schema === null ? schemaless(converted, type) : converted
}
