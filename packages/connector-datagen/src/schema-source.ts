import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { configError, type ConfigProblem, type RawConfig } from '@tributary/plugin'
import { parseAvroSchema, type ParsedSchema } from './avro-schema.ts'
import type { DatagenConfig } from './config.ts'
import { quickstartOf, quickstarts } from './quickstarts/index.ts'
import { readNamedFile } from './read-file.ts'

/** The keys that say where the schema is; exactly one must be set. */
const sources = ['schema.string', 'schema.filename', 'quickstart'] as const

/** A schema with the name of the field that becomes the key, null for none, and the folder of its file, null without a file. */
export interface RecordSchema extends ParsedSchema { readonly keyField: string | null, readonly folder: string | null }

function readSchemaFile (name: string): string {
  if (!existsSync(name)) throw configError(`Unable to find the schema file "${name}" in ${process.cwd()}: give its full path, or put it beside the connector's file of connect-standalone.`)
  return readNamedFile(name, 'The schema file').toString()
}

/** The schema that a configuration names. Throws a ConnectError. */
export function loadSchema (config: DatagenConfig): RecordSchema {
  const quickstart = config.quickstart === '' ? null : quickstartOf(config.quickstart)
  if (quickstart === null && config.quickstart !== '') throw configError(`quickstart must be one out of ${Object.keys(quickstarts).join(',')}`)
  const text = quickstart?.schema ?? (config['schema.string'] === '' ? readSchemaFile(config['schema.filename']) : config['schema.string'])
  const parsed = parseAvroSchema(text)
  if (parsed.schema.type !== 'record') throw configError(`The schema must be of a record, not of type ${parsed.schema.type}.`)
  const keyField = config['schema.keyfield'] === '' ? quickstart?.keyField ?? null : config['schema.keyfield']
  const isFile = quickstart === null && config['schema.string'] === ''
  return { ...parsed, keyField, folder: isFile ? dirname(resolve(config['schema.filename'])) : null }
}

/** Which key a problem with the schema belongs to. */
export function schemaKey (config: DatagenConfig): typeof sources[number] {
  return sources.find(key => config[key] !== '') ?? 'quickstart'
}

/** What is wrong with the choice of a schema; the sentences are those of Confluent's connector. */
export function sourceProblems (config: DatagenConfig): ConfigProblem[] {
  const set = sources.filter(key => config[key] !== '')
  const wrong = set.length > 1 ? set : set.length === 0 ? sources : []
  return wrong.map(key => ({ key, message: `Must set exactly one of ${sources.join(', ')}` }))
}

/** The seed as given: a 64-bit number would lose digits as a JavaScript number. */
export function seedOf (raw: RawConfig): bigint | null {
  const text = raw['random.seed']?.trim()
  return text === undefined || text === '' ? null : BigInt(text.replace(/^\+/, ''))
}
