import { createRequire } from 'node:module'
import { configOf, schema as make, sinkRecord } from '@tributary/plugin'
import type { Converter, ConverterDefinition } from '@tributary/plugin'
import { avroConverter, byteArrayConverter, jsonConverter, jsonSchemaConverter, protobufConverter, stringConverter } from '@tributary/converters'
import { settle, startSchemaRegistry } from '@tributary/testing'
import { flattenValue } from '@tributary/transforms'

/** Records a second on one core: bytes to value, transform, value to bytes, beside the bare loop that does just that by hand. */
export interface ConverterResult { readonly case: string, readonly recordsPerSecond: number, readonly bareLoopPerSecond: number }

const batchSize = 500

function create (definition: unknown, config: Record<string, string>): Converter {
  const one = definition as ConverterDefinition
  return one.create!(configOf(one.config, config), { isKey: false, raw: config })
}

function order (n: number): object {
  return {
    ordertime: 1573573055 + n, orderid: n, itemid: `Item_${n % 1000}`, orderunits: n % 7 + 0.5,
    address: { city: `City_${n % 50}`, state: `State_${n % 20}`, zipcode: 10000 + n % 90000 }
  }
}

type Run = (records: readonly Buffer[]) => number

/** Records a second of one round. */
function round (run: Run, records: readonly Buffer[], seconds: number): number {
  const start = process.hrtime.bigint()
  let count = 0
  let used = 0
  while (used < seconds * 200_000_000) {
    for (let at = 0; at < records.length; at += batchSize) count += run(records.slice(at, at + batchSize))
    used = Number(process.hrtime.bigint() - start)
  }
  return count / used * 1e9
}

/** Runs both in turn, so that a busy machine hits both; the best round of each counts. */
function compare (name: string, records: readonly Buffer[], ours: Run, loop: Run, seconds: number): ConverterResult {
  let best = 0
  let bestLoop = 0
  for (let i = 0; i < 5; i++) {
    best = Math.max(best, round(ours, records, seconds))
    bestLoop = Math.max(bestLoop, round(loop, records, seconds))
  }
  return { case: name, recordsPerSecond: best, bareLoopPerSecond: bestLoop }
}

/** What a task does to a batch: every record converted, transformed and converted again. */
function pipeline (converter: Converter, transform: ((record: ReturnType<typeof sinkRecord>) => ReturnType<typeof sinkRecord> | null) | null) {
  return (records: readonly Buffer[]): number => {
    let total = 0
    for (let i = 0; i < records.length; i++) {
      const { schema, value } = converter.toConnect('orders', records[i]!, [])
      const record = sinkRecord({ topic: 'orders', partition: 0, offset: i, valueSchema: schema, value })
      const changed = transform === null ? record : transform(record)!
      total += converter.fromConnect('orders', changed.valueSchema, changed.value)!.length
    }
    return total > 0 ? records.length : 0
  }
}

function bareFlatten (value: Record<string, unknown>, prefix: string, into: Record<string, unknown>): Record<string, unknown> {
  for (const key of Object.keys(value)) {
    const item = value[key]
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) bareFlatten(item as Record<string, unknown>, `${prefix}${key}.`, into)
    else into[prefix + key] = item
  }
  return into
}

function bare (change: (text: string) => string) {
  return (records: readonly Buffer[]): number => {
    let total = 0
    for (let i = 0; i < records.length; i++) total += Buffer.from(change(records[i]!.toString())).length
    return total > 0 ? records.length : 0
  }
}

/** Orders as a converter with a registry writes them; the converter has asked for all that it needs then. */
async function registered (converter: Converter): Promise<Buffer[]> {
  const records = await settle(() => Array.from({ length: 5000 }, (_, n) => Buffer.from(converter.fromConnect('orders', orderSchema, order(n))!)))
  // Reading gives another schema object than the one written with, which has to be registered once too.
  const { schema, value } = await settle(() => converter.toConnect('orders', records[0]!, []))
  await settle(() => converter.fromConnect('orders', schema, value))
  return records
}

const orderSchema = make.struct([
  ['ordertime', make.of('int64')], ['orderid', make.of('int32')], ['itemid', make.of('string')], ['orderunits', make.of('float64')],
  ['address', make.struct([['city', make.of('string')], ['state', make.of('string')], ['zipcode', make.of('int64')]], { name: 'Address' })]
], { name: 'Order' })

/** Measures each case for `seconds`. */
export async function benchConverters (seconds: number): Promise<readonly ConverterResult[]> {
  const json = Array.from({ length: 5000 }, (_, n) => Buffer.from(JSON.stringify(order(n))))
  const exact = Array.from({ length: 5000 }, (_, n) => Buffer.from(JSON.stringify(order(n)).replace('"orderid":', '"orderid":90071992547409')))
  const schemaless = create(jsonConverter, { 'schemas.enable': 'false' })
  const envelope = create(jsonConverter, {})
  const enveloped = Array.from({ length: 5000 }, (_, n) => Buffer.from(envelope.fromConnect('orders', orderSchema, order(n))!))
  const flatten = flattenValue.create({ delimiter: '.', arrays: 'copy' }, {})
  const registry = await startSchemaRegistry()
  const avro = create(avroConverter, { 'schema.registry.url': registry.url })
  const avroBytes = await registered(avro)
  const jsonSchema = create(jsonSchemaConverter, { 'schema.registry.url': registry.url })
  const jsonSchemaBytes = await registered(jsonSchema)
  const protobuf = create(protobufConverter, { 'schema.registry.url': registry.url })
  const protobufBytes = await registered(protobuf)

  const jsonLoop = bare(text => JSON.stringify(bareFlatten(JSON.parse(text) as Record<string, unknown>, '', {})))
  // A dependency of the converters, not of the repository.
  const avsc = createRequire(new URL('../packages/converters/package.json', import.meta.url))('avsc') as {
    Type: { forSchema (schema: unknown): { toBuffer (value: unknown): Buffer, fromBuffer (bytes: Buffer): unknown } }
  }
  const avroType = avsc.Type.forSchema(JSON.parse(registry.text(1)))
  const avroLoop: Run = records => {
    let total = 0
    for (let i = 0; i < records.length; i++) total += avroType.toBuffer(avroType.fromBuffer(records[i]!.subarray(5))).length
    return total > 0 ? records.length : 0
  }
  const copyLoop = bare(text => text)
  const parseLoop = bare(text => JSON.stringify(JSON.parse(text)))
  const jsonSchemaLoop = bare(text => JSON.stringify(JSON.parse(text.slice(5))))
  const results = [
    compare('Json + Flatten', json, pipeline(schemaless, record => flatten(record)), jsonLoop, seconds),
    compare('Json + Flatten, integers past 2^53', exact, pipeline(schemaless, record => flatten(record)), jsonLoop, seconds),
    compare('Json', json, pipeline(schemaless, null), parseLoop, seconds),
    compare('Json with schemas', enveloped, pipeline(envelope, null), parseLoop, seconds),
    compare('Avro', avroBytes, pipeline(avro, null), avroLoop, seconds),
    compare('Protobuf, beside avsc', protobufBytes, pipeline(protobuf, null), records => avroLoop(avroBytes.slice(0, records.length)), seconds),
    compare('JSON Schema', jsonSchemaBytes, pipeline(jsonSchema, null), jsonSchemaLoop, seconds),
    compare('String', json, pipeline(create(stringConverter, {}), null), copyLoop, seconds),
    compare('Raw bytes', json, pipeline(create(byteArrayConverter, {}), null), copyLoop, seconds)
  ]
  await registry.close()
  return results
}
