import { configError, Decimal, integerFromBytes } from '@tributary/plugin'
import { branchName, logicalKind, realBranches } from './avro-kinds.ts'
import type { AvroSchema } from './avro-schema.ts'
import { isObject, type Properties } from './annotations.ts'

/** Bytes as Connect sees them. */
export function bytesValue (schema: AvroSchema, bytes: Uint8Array): unknown {
  if (logicalKind(schema) !== 'decimal') return bytes
  const { scale } = schema.attributes
  return new Decimal(integerFromBytes(bytes) ?? 0n, typeof scale === 'number' ? scale : 0)
}

/** Whole numbers as Connect sees them: days and milliseconds become dates. */
export function integerValue (schema: AvroSchema, value: number | bigint): unknown {
  switch (logicalKind(schema)) {
    case 'date': return new Date(Number(value) * 86_400_000)
    case 'time':
    case 'timestamp': return new Date(Number(value))
    default: return value
  }
}

function integer (value: unknown, bits: 32 | 64): number | bigint | null {
  if (typeof value === 'bigint') return BigInt.asIntN(bits, value) === value ? value : null
  if (typeof value !== 'number' || !Number.isInteger(value)) return null
  return bits === 64 || (value | 0) === value ? value : null
}

/** A literal of a schema file as a value of Connect. Throws a ConnectError that says what does not fit; `what` names the place. */
export function optionValue (schema: AvroSchema, json: unknown, what: string): unknown {
  const misfit = (): Error => configError(`A value of ${what} does not fit its type ${schema.fullName ?? schema.type}.`)
  switch (schema.type) {
    case 'null': return check(json === null, null, misfit)
    case 'boolean': return check(typeof json === 'boolean', json, misfit)
    case 'int':
    case 'long': {
      const value = integer(json, schema.type === 'int' ? 32 : 64)
      return check(value !== null, value === null ? null : integerValue(schema, value), misfit)
    }
    case 'float': return check(isNumber(json), Math.fround(Number(json)), misfit)
    case 'double': return check(isNumber(json), Number(json), misfit)
    case 'string': return check(typeof json === 'string', json, misfit)
    case 'enum': return check(typeof json === 'string' && schema.symbols.includes(json), json, misfit)
    case 'bytes': return check(typeof json === 'string', bytesValue(schema, Buffer.from(String(json))), misfit)
    case 'fixed': return check(typeof json === 'string' && Buffer.byteLength(json) === schema.size, bytesValue(schema, Buffer.from(String(json))), misfit)
    case 'array':
      if (!Array.isArray(json)) throw misfit()
      return json.map(item => optionValue(schema.inner!, item, what))
    case 'map':
      if (!isObject(json)) throw misfit()
      return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, optionValue(schema.inner!, value, what)]))
    case 'record':
      if (!isObject(json)) throw misfit()
      return recordValue(schema, json, what)
    case 'union': return unionValue(schema, json, what, misfit)
  }
}

function isNumber (json: unknown): boolean {
  return typeof json === 'number' || typeof json === 'bigint'
}

function check (fits: boolean, value: unknown, misfit: () => Error): unknown {
  if (!fits) throw misfit()
  return value
}

function recordValue (schema: AvroSchema, json: Properties, what: string): Properties {
  return Object.fromEntries(schema.fields.map(field => {
    if (Object.hasOwn(json, field.name)) return [field.name, optionValue(field.schema, json[field.name], what)]
    if (field.default === undefined) throw configError(`A value of ${what} lacks the field "${field.name}", which has no default.`)
    const first = field.schema.type === 'union' ? field.schema.branches[0]! : field.schema
    return [field.name, optionValue(first, field.default, what)]
  }))
}

/** A value of a union as Connect sees it, given the branch. */
export function wrapBranch (union: AvroSchema, branch: AvroSchema, value: unknown): unknown {
  return branch.type === 'null' || realBranches(union).length === 1 ? value : { [branchName(branch)]: value }
}

function unionValue (schema: AvroSchema, json: unknown, what: string, misfit: () => Error): unknown {
  for (const branch of schema.branches) {
    // Avro's JSON names the branch; the annotations of Confluent's generator do not.
    const named = isObject(json) && Object.keys(json).length === 1 ? json[branch.fullName ?? branch.type] : undefined
    for (const candidate of named === undefined ? [json] : [named, json]) {
      try {
        return wrapBranch(schema, branch, optionValue(branch, candidate, what))
      } catch { /* the next may fit */ }
    }
  }
  throw misfit()
}
