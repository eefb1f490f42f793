import { dataError, dateAt, Decimal, entriesOf, integerFromBytes, schema as make } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'
import { setMember } from '../json/json-parse.ts'
import { bufferOf } from '../json/json-text.ts'
import { daysOf, decimalBytes, msOfDay } from '../logical.ts'
import { avroParameters, defaultPrecision } from './avro-flavor.ts'
import type { AvroObject } from './avro-names.ts'
import type { AvroReader } from './avro-reader.ts'
import type { AvroRead, AvroWrite } from './avro-struct.ts'
import type { AvroWriter } from './avro-writer.ts'

/** How values of an Avro schema and of Connect turn into each other. Avro values are as avsc has them, unions wrapped. */
export interface AvroMapping {
  readonly schema: Schema
  readonly toConnect: (value: unknown) => unknown
  readonly fromConnect: (value: unknown) => unknown
  /** The same straight between Connect values and bytes, several times as fast: what the converter uses, but for bytes that stand alone. */
  readonly read: AvroRead
  readonly write: AvroWrite
}

const msPerDay = 86_400_000
const same = (value: unknown): unknown => value

export function dateOf (value: unknown, type: string): Date {
  if (value instanceof Date) return value
  throw dataError(`Invalid type for ${type}: a Date is needed.`)
}

export function intMapping (schema: AvroObject, options: SchemaOptions): AvroMapping {
  if (schema.logicalType === 'date') {
    return {
      schema: make.date(options),
      toConnect: days => dateAt((days as number) * msPerDay), fromConnect: date => daysOf(dateOf(date, 'Date')),
      read: from => dateAt(from.int() * msPerDay), write: (to, date) => { to.int(daysOf(dateOf(date, 'Date'))) }
    }
  }
  if (schema.logicalType === 'time-millis') {
    return {
      schema: make.time(options),
      toConnect: ms => new Date(ms as number), fromConnect: date => msOfDay(dateOf(date, 'Time')),
      read: from => new Date(from.int()), write: (to, date) => { to.int(msOfDay(dateOf(date, 'Time'))) }
    }
  }
  const type = schema['connect.type'] === 'int8' ? 'int8' : schema['connect.type'] === 'int16' ? 'int16' : 'int32'
  return { schema: make.of(type, options), toConnect: same, fromConnect: same, read: from => from.int(), write: (to, value) => { to.int(value) } }
}

export function bytesMapping (schema: AvroObject, options: SchemaOptions): AvroMapping {
  const size = schema.type === 'fixed' ? schema.size! : null
  const read = size === null ? (from: AvroReader) => from.bytes() : (from: AvroReader) => from.fixed(size)
  const write = size === null ? (to: AvroWriter, value: unknown) => { to.bytes(value) } : (to: AvroWriter, value: unknown) => { to.fixed(value, size) }
  if (schema.logicalType !== 'decimal') {
    const parameters = schema.type === 'fixed' ? { ...options.parameters, [avroParameters.fixedSize]: String(schema.size) } : options.parameters ?? null
    return { schema: make.of('bytes', { ...options, parameters }), toConnect: bytes => new Uint8Array(bytes as Buffer), fromConnect: bytes => bufferOf(bytes as Uint8Array), read, write }
  }
  const scale = schema.scale ?? 0
  const parameters = {
    ...options.parameters,
    ...schema.precision === undefined || schema.precision === defaultPrecision ? {} : { [avroParameters.precision]: String(schema.precision) },
    ...size === null ? {} : { [avroParameters.fixedSize]: String(size) }
  }
  const decimal = make.decimal(scale, { ...options, parameters })
  const fromConnect = (value: unknown): Buffer => {
    if (!(value instanceof Decimal)) throw dataError('Invalid type for Decimal: a Decimal is needed.')
    const bytes = bufferOf(decimalBytes(decimal, value))
    if (schema.type !== 'fixed') return bytes
    if (bytes.length > schema.size!) throw dataError(`A decimal takes ${bytes.length} bytes, more than the ${schema.size} of its Avro type.`)
    return Buffer.concat([Buffer.alloc(schema.size! - bytes.length, value.unscaled < 0n ? 0xff : 0), bytes])
  }
  const toConnect = (bytes: unknown): Decimal => new Decimal(integerFromBytes(bytes as Uint8Array) ?? 0n, scale)
  return { schema: decimal, toConnect, fromConnect, read: from => toConnect(read(from)), write: (to, value) => { write(to, fromConnect(value)) } }
}

export function enumMapping (symbols: readonly string[], options: SchemaOptions): AvroMapping {
  const indexes = new Map<unknown, number>(symbols.map((symbol, i) => [symbol, i]))
  return {
    schema: make.of('string', options),
    toConnect: same, fromConnect: same,
    read: from => symbols[from.index(symbols.length)], write: (to, value) => { to.int(indexes.get(value)) }
  }
}

export function stringMap (values: AvroMapping): Omit<AvroMapping, 'schema'> {
  const convert = (value: unknown, one: (value: unknown) => unknown): Record<string, unknown> => {
    const map: Record<string, unknown> = {}
    for (const [name, item] of value instanceof Map ? value as Map<string, unknown> : Object.entries(value as object)) setMember(map, name, one(item))
    return map
  }
  return {
    toConnect: value => convert(value, values.toConnect),
    fromConnect: value => convert(value, values.fromConnect),
    read (from) {
      const map: Record<string, unknown> = {}
      from.items(one => { setMember(map, one.string(), values.read(one)) })
      return map
    },
    write (to, value) {
      const entries = entriesOf(value as object)
      if (entries.length > 0) to.long(entries.length)
      for (const [name, item] of entries) {
        to.string(name)
        values.write(to, item)
      }
      to.long(0)
    }
  }
}

export function entryMapping (entry: AvroMapping, options: SchemaOptions): AvroMapping {
  const [key, value] = entry.schema.fields
  return {
    schema: make.map(key!.schema, value!.schema, options),
    toConnect: items => new Map((items as unknown[]).map(item => {
      const members = entry.toConnect(item) as Record<string, unknown>
      return [members['key'], members['value']]
    })),
    fromConnect: map => entriesOf(map as object).map(([key, value]) => entry.fromConnect({ key, value })),
    read (from) {
      const map = new Map<unknown, unknown>()
      from.items(one => {
        const members = entry.read(one) as Record<string, unknown>
        map.set(members['key'], members['value'])
      })
      return map
    },
    write (to, map) {
      const entries = entriesOf(map as object)
      if (entries.length > 0) to.long(entries.length)
      for (const [key, value] of entries) entry.write(to, { key, value })
      to.long(0)
    }
  }
}
