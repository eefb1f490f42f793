import { readFileSync } from 'node:fs'
import { configOf } from '@tributary/plugin'
import type { Converter, ConverterDefinition } from '@tributary/plugin'
import { avroConverter, jsonSchemaConverter, protobufConverter } from '@tributary/converters'
import { settle, startSchemaRegistry } from '@tributary/testing'
import t from 'tap'
import { readSchema, readValue, writeSchema, writeValue } from '../../src/oracle/value.ts'
import { normal } from './normal.ts'

interface Answer { readonly schema: unknown, readonly value: unknown, readonly bytes?: string | null, readonly registered?: string }

/** A value that Java's converter wrote and read again, or bytes that it read with a schema of the registry. Values are in the form of the oracle. */
type Case = { readonly config: Record<string, string>, readonly java: Answer } & ({ readonly schema: unknown, readonly value: unknown } | { readonly registered: string, readonly bytes: string })

async function answerTo (one: Case, definition: ConverterDefinition, schemaType: string): Promise<Answer> {
  const registry = await startSchemaRegistry()
  try {
    const raw = { 'schema.registry.url': registry.url, ...one.config }
    const create = (): Converter => definition.create!(configOf(definition.config, raw), { isKey: false, raw })
    if ('schema' in one) {
      const schema = readSchema(one.schema)
      const value = readValue(one.value, schema)
      const writer = create()
      const bytes = await settle(() => writer.fromConnect('orders', schema, value))
      if (bytes === null) return { bytes: null, schema: null, value: null }
      return { bytes: Buffer.from(bytes).toString('base64'), registered: registry.text(1), ...await read(create(), bytes) }
    }
    registry.add('orders-value', one.registered, { schemaType })
    return await read(create(), Buffer.from(one.bytes, 'base64'))
  } finally {
    await registry.close()
  }
}

async function read (reader: Converter, bytes: Uint8Array): Promise<{ schema: unknown, value: unknown }> {
  const { schema, value } = await settle(() => reader.toConnect('orders', bytes, []))
  return { schema: writeSchema(schema), value: writeValue(value, schema) }
}

for (const [file, definition, type] of [['json-schema', jsonSchemaConverter, 'JSON'], ['avro', avroConverter, 'AVRO'], ['protobuf', protobufConverter, 'PROTOBUF']] as const) {
  t.test(`${file}: schemas, bytes and values are those of Confluent's converter`, async t => {
    const lines = readFileSync(new URL(`./${file}-answers.jsonl`, import.meta.url), 'utf8').trim().split('\n')
    for (const [i, line] of lines.entries()) {
      const one = JSON.parse(line) as Case
      t.same(normal(await answerTo(one, definition as unknown as ConverterDefinition, type)), normal(one.java), `line ${i + 1}`)
    }
  })
}
