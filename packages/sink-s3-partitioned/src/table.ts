import type { Column } from './hive-types.ts'

/** How a table's files are read. */
export interface TableFormat {
  readonly serde: string
  readonly serdeParameters: Readonly<Record<string, string>>
  readonly inputFormat: string
  readonly outputFormat: string
}

/** A table over the objects of one topic. */
export interface TableLayout {
  readonly database: string
  readonly table: string
  /** `s3://bucket/prefix/topic/`. */
  readonly location: string
  readonly columns: readonly Column[]
  readonly partitionColumns: readonly string[]
  readonly format: TableFormat
  /** Table properties, such as those of partition projection. */
  readonly properties: Readonly<Record<string, string>>
}

/** Values of one partition, and where its objects are. */
export interface TablePartition {
  readonly values: ReadonlyMap<string, string>
  readonly location: string
}

const text = { inputFormat: 'org.apache.hadoop.mapred.TextInputFormat', outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' }

/** Readers of the formats that tables can be made of. */
export const tableFormats: Readonly<Record<'json' | 'parquet' | 'avro', TableFormat>> = {
  // Hive's own, which Athena and Spark know too.
  json: { serde: 'org.apache.hive.hcatalog.data.JsonSerDe', serdeParameters: { 'serialization.format': '1' }, ...text },
  parquet: {
    serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    serdeParameters: { 'serialization.format': '1' },
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
  },
  avro: {
    serde: 'org.apache.hadoop.hive.serde2.avro.AvroSerDe',
    serdeParameters: { 'serialization.format': '1' },
    inputFormat: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat'
  }
}

function name (text: string): string { return `\`${text.replaceAll('`', '``')}\`` }

function quoted (text: string): string { return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` }

/** HiveQL that makes the table; Hive, Athena and Spark take it. */
export function createTableText ({ database, table, location, columns, partitionColumns, format, properties }: TableLayout): string {
  const pairs = (map: Readonly<Record<string, string>>): string => Object.entries(map).map(([key, value]) => `${quoted(key)}=${quoted(value)}`).join(', ')
  return [
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${name(database)}.${name(table)} (`,
    columns.map(column => `  ${name(column.name)} ${column.type}`).join(',\n'),
    ')',
    ...partitionColumns.length === 0 ? [] : [`PARTITIONED BY (${partitionColumns.map(column => `${name(column)} string`).join(', ')})`],
    `ROW FORMAT SERDE ${quoted(format.serde)}`,
    `WITH SERDEPROPERTIES (${pairs(format.serdeParameters)})`,
    `STORED AS INPUTFORMAT ${quoted(format.inputFormat)} OUTPUTFORMAT ${quoted(format.outputFormat)}`,
    `LOCATION ${quoted(location)}`,
    ...Object.keys(properties).length === 0 ? [] : [`TBLPROPERTIES (${pairs(properties)})`]
  ].join('\n') + ';\n'
}

/** HiveQL that adds partitions; doing it twice does nothing. */
export function addPartitionsText (database: string, table: string, partitions: readonly TablePartition[]): string {
  if (partitions.length === 0) return ''
  const added = partitions.map(({ values, location }) =>
    `\n  PARTITION (${[...values].map(([column, value]) => `${name(column)}=${quoted(value)}`).join(', ')}) LOCATION ${quoted(location)}`)
  return `ALTER TABLE ${name(database)}.${name(table)} ADD IF NOT EXISTS${added.join('')};\n`
}

/**
 * Properties that let Athena work partitions out instead of looking them up. `segments` are the partition columns in order: with a Java date
 * pattern, or null for a value that queries have to name (`injected`).
 */
export function projectionProperties (segments: readonly { column: string, pattern: string | null }[], options: { location: string, from: string }): Record<string, string> {
  const properties: Record<string, string> = { 'projection.enabled': 'true' }
  for (const { column, pattern } of segments) {
    properties[`projection.${column}.type`] = pattern === null ? 'injected' : 'date'
    if (pattern === null) continue
    const unit = /[Hk]/.test(pattern) ? 'HOURS' : /d/.test(pattern) ? 'DAYS' : /M/.test(pattern) ? 'MONTHS' : 'YEARS'
    Object.assign(properties, {
      [`projection.${column}.format`]: pattern,
      [`projection.${column}.range`]: `${options.from},NOW`,
      [`projection.${column}.interval`]: '1',
      [`projection.${column}.interval.unit`]: unit
    })
  }
  properties['storage.location.template'] = `${options.location}${segments.map(({ column }) => `${column}=\${${column}}/`).join('')}`
  return properties
}
