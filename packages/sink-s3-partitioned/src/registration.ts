import type { RawConfig, Schema, SinkRecord } from '@tributary/plugin'
import { schema } from '@tributary/plugin'
import { appendFile } from 'node:fs/promises'
import { awsClientConfig } from './client.ts'
import type { S3SinkConfig } from './config.ts'
import { partitionValues } from './field-directories.ts'
import { formatName } from './formats.ts'
import { GlueCatalog, partitionsPerCall } from './glue.ts'
import { hiveColumns, jsonHiveType } from './hive-types.ts'
import { parseExact, SchemaInference } from './infer-schema.ts'
import type { PendingObject } from './ledger.ts'
import { addPartitionsText, createTableText, projectionProperties, tableFormats } from './table.ts'
import type { TableLayout, TablePartition } from './table.ts'

const maxKnown = 100_000

/** Makes tables and partitions known once their objects are visible: in Glue, as HiveQL text, or both. */
export class Registration {
  readonly #config: S3SinkConfig
  readonly #raw: RawConfig
  readonly #glue: GlueCatalog | null
  /** Schema of each topic's records, as far as files have shown it. */
  readonly #schemas = new Map<string, { given: Schema | null, inference: SchemaInference }>()
  readonly #known = new Set<string>()
  readonly #written = new Set<string>()

  private constructor (config: S3SinkConfig, raw: RawConfig, glue: GlueCatalog | null) {
    this.#config = config
    this.#raw = raw
    this.#glue = glue
  }

  /** null where neither Glue nor a file is configured. */
  static async open (config: S3SinkConfig, raw: RawConfig): Promise<Registration | null> {
    if (config['glue.database'] === '' && config['hive.ddl.file'] === null) return null
    const endpoint = config['glue.endpoint']
    const glue = config['glue.database'] === '' ? null : await GlueCatalog.open({ ...await awsClientConfig(config), ...endpoint === null ? {} : { endpoint } })
    return new Registration(config, raw, glue)
  }

  close (): void { this.#glue?.close() }

  /** Looks at the first record of a file; its fields become columns. */
  see (record: SinkRecord): void {
    const seen = this.#schemas.get(record.topic) ?? { given: null, inference: new SchemaInference() }
    this.#schemas.set(record.topic, seen)
    if (record.valueSchema?.type === 'struct') seen.given = record.valueSchema
    else seen.inference.add(textual(record.value))
  }

  /** Registers what objects have added. Rejects with a `transient` StoreError to be called again. */
  async published (objects: readonly PendingObject[]): Promise<void> {
    const fresh = new Map<string, Map<string, TablePartition>>()
    for (const { partition } of objects) {
      if (partition === '' || this.#known.has(partition)) continue
      const [topic = '', directory = ''] = partition.split('\0')
      const values = partitionValues(directory, this.#config['directory.delim'])
      const ofTopic = fresh.get(topic) ?? new Map<string, TablePartition>()
      fresh.set(topic, ofTopic)
      if (values.size > 0) ofTopic.set(partition, { values, location: `${this.#location(topic)}${directory}/` })
    }
    for (const [topic, partitions] of fresh) await this.#register(topic, partitions)
  }

  async #register (topic: string, partitions: ReadonlyMap<string, TablePartition>): Promise<void> {
    const layout = this.#layout(topic, [...partitions.values().next().value?.values.keys() ?? []])
    const projected = this.#config['glue.projection']
    await this.#glue?.ensureTable(layout)
    const file = this.#config['hive.ddl.file']
    if (file !== null && !this.#written.has(topic)) {
      await appendFile(file, createTableText(layout))
      this.#written.add(topic)
    }
    const list = [...partitions]
    if (this.#known.size > maxKnown) this.#known.clear()
    // What one call has added is known at once, so that a retry goes on behind it.
    for (let start = 0; start < list.length; start += partitionsPerCall) {
      const batch = list.slice(start, start + partitionsPerCall)
      const added = batch.map(([, partition]) => partition)
      if (!projected) await this.#glue?.addPartitions(layout, added)
      if (!projected && file !== null) await appendFile(file, addPartitionsText(layout.database, layout.table, added))
      for (const [name] of batch) this.#known.add(name)
    }
  }

  #location (topic: string): string {
    return `s3://${[this.#config['s3.bucket.name'], this.#config['topics.dir'], topic].filter(part => part !== '').join('/')}/`
  }

  #layout (topic: string, partitionColumns: readonly string[]): TableLayout {
    const { given, inference } = this.#schemas.get(topic) ?? { given: null, inference: null }
    const struct = given ?? inference?.schema() ?? schema.struct([])
    const format = formatName(this.#config)
    const isJson = format === 'json' || format === 'bytes'
    const types = new Map(isJson ? struct.fields.map(field => [field.name.toLowerCase(), jsonHiveType(field.schema, this.#config['json.decimal.format'])]) : [])
    const location = this.#location(topic)
    return {
      database: this.#config['glue.database'] === '' ? 'default' : this.#config['glue.database'],
      table: this.#config['glue.table'] === '' ? topic.toLowerCase().replace(/[^a-z0-9_]/g, '_') : this.#config['glue.table'],
      location,
      columns: hiveColumns(struct, partitionColumns).map(column => ({ name: column.name, type: types.get(column.name) ?? column.type })),
      partitionColumns: partitionColumns.map(column => column.toLowerCase()),
      format: tableFormats[format === 'bytes' ? 'json' : format],
      properties: this.#config['glue.projection'] ? projectionProperties(this.#segments(partitionColumns), { location, from: this.#config['glue.projection.from'] }) : {}
    }
  }

  /** Date patterns of partition columns, found in path.format or in the EventTimePartition transform. */
  #segments (partitionColumns: readonly string[]): { column: string, pattern: string | null }[] {
    const transform = Object.entries(this.#raw).find(([key, value]) => /^transforms\.[^.]+\.type$/.test(key) && value === 'tributary.transforms.EventTimePartition')
    const own = transform === undefined ? undefined : this.#raw[transform[0].replace(/type$/, 'format')] ?? "'ot='yyyyMMddHH/"
    const paths = (own ?? this.#config['path.format']).split(this.#config['directory.delim'])
    return partitionColumns.map(column => {
      const path = paths.find(part => part.startsWith(`'${column}='`) || part.startsWith(`'${column}'=`))
      const pattern = path?.slice(column.length + 3).replaceAll('Y', 'y') ?? null
      return { column: column.toLowerCase(), pattern }
    })
  }
}

/** What bytes or text hold, if it is JSON; else null, which says nothing of columns. */
function textual (value: unknown): unknown {
  if (!(value instanceof Uint8Array) && typeof value !== 'string') return value
  try {
    return parseExact(typeof value === 'string' ? value : Buffer.from(value).toString())
  } catch {
    return null
  }
}
