import { createHmac } from 'node:crypto'
import { dataError, defineTransform, t, withParts, type ConnectRecord } from '@tributary/plugin'

const config = t.object({
  field: t.string({ description: 'Field of text to replace; absent: the whole key or value', default: null, importance: 'HIGH' }),
  secret: t.password({ description: 'Secret of the HMAC; without it nobody can tell which text a pseudonym stands for', importance: 'HIGH' })
})

/** The same transform for keys and for values. */
function pseudonym (part: 'key' | 'value') {
  return defineTransform({
    summary: `Replaces a text in the ${part} by its HMAC-SHA256: equal texts stay equal, and cannot be read.`,
    config,
    create ({ field, secret }) {
      const hide = (value: unknown): unknown => {
        if (value === null || value === undefined) return value
        // Values of records never enter a message: they may be what is to be hidden.
        if (typeof value !== 'string') throw dataError(`Pseudonym needs text in ${field === null ? `the ${part}` : `the field "${field}" of the ${part}`}.`)
        return createHmac('sha256', secret.value).update(value).digest('hex')
      }
      const change = (value: unknown, schema: ConnectRecord['valueSchema']): unknown => {
        if (field === null || value === null) return hide(value)
        if (typeof value !== 'object' || (schema !== null && schema.type !== 'struct')) throw dataError(`Pseudonym needs fields in the ${part}, since "field" is set.`)
        if (!Object.hasOwn(value, field)) return value
        return { ...value, [field]: hide((value as Record<string, unknown>)[field]) }
      }
      return record => part === 'key'
        ? withParts(record, { key: change(record.key, record.keySchema) })
        : withParts(record, { value: change(record.value, record.valueSchema) })
    }
  })
}

export const pseudonymOfKey = pseudonym('key')
export const pseudonymOfValue = pseudonym('value')
