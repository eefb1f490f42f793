import { quotedType } from './hive-type-union.ts'
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

/** Values of one partition by its columns, and where its objects are. */
export interface TablePartition {
  readonly values: ReadonlyMap<string, string>
  readonly location: string
}

/** A table as a catalog has it. */
export interface FoundTable {
  readonly partitionColumns: readonly string[]
  /** null where the catalog tells none. */
  readonly location: string | null
  /** Whether it is another than the last time, so that it has nothing of what was added before. */
  readonly isOther: boolean
}

/** Where tables are made known. Calls reject with a `transient` StoreError where trying again may help, with a ConnectError where not. */
export interface Catalog {
  /**
   * Makes the table, or gives it the columns that it lacks and wider types. Columns are never removed. Resolves to null where there is no
   * table, and none is made without columns.
   */
  ensureTable (layout: TableLayout): Promise<FoundTable | null>
  /**
   * Adds partitions, at most {@link partitionsPerCall}; those that exist count as added, and get the columns that they lack. Resolves to the locations of
   * those that a table of another location has elsewhere, so that their objects are not in it. (In a table of ours a compactor may have moved them.)
   */
  addPartitions (layout: TableLayout, partitions: readonly TablePartition[]): Promise<readonly string[]>
  close (): void
}

/** Partitions of one BatchCreatePartition, by Glue's own limit. */
export const partitionsPerCall = 100

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

/** Whether a location is the same place, however its scheme and end are written. */
export function isSamePlace (one: string, other: string): boolean {
  const bare = (location: string): string => location.replace(/^s3[an]?:/, 's3:').replace(/\/*$/, '/')
  return bare(one) === bare(other)
}

function name (text: string): string { return `\`${text.replaceAll('`', '``')}\`` }

function quoted (text: string): string { return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'` }

/** A table as statements name it. */
export function tableName ({ database, table }: Pick<TableLayout, 'database' | 'table'>): string { return `${name(database)}.${name(table)}` }

function columnLines (columns: readonly Column[]): string {
  return columns.map(column => `  ${name(column.name)} ${quotedType(column.type)}`).join(',\n')
}

/** HiveQL that makes the table; Hive, Athena and Spark take it. */
export function createTableText (layout: TableLayout): string {
  const { location, columns, partitionColumns, format, properties } = layout
  const pairs = (map: Readonly<Record<string, string>>): string => Object.entries(map).map(([key, value]) => `${quoted(key)}=${quoted(value)}`).join(', ')
  return [
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${tableName(layout)} (`,
    columnLines(columns),
    ')',
    ...partitionColumns.length === 0 ? [] : [`PARTITIONED BY (${partitionColumns.map(column => `${name(column)} string`).join(', ')})`],
    `ROW FORMAT SERDE ${quoted(format.serde)}`,
    `WITH SERDEPROPERTIES (${pairs(format.serdeParameters)})`,
    `STORED AS INPUTFORMAT ${quoted(format.inputFormat)} OUTPUTFORMAT ${quoted(format.outputFormat)}`,
    `LOCATION ${quoted(location)}`,
    ...Object.keys(properties).length === 0 ? [] : [`TBLPROPERTIES (${pairs(properties)})`]
  ].join('\n') + ';\n'
}

/** HiveQL that adds columns. No engine takes it twice. */
export function addColumnsText (layout: TableLayout, columns: readonly Column[]): string {
  return columns.length === 0 ? '' : `ALTER TABLE ${tableName(layout)} ADD COLUMNS (\n${columnLines(columns)}\n);\n`
}

/** HiveQL that gives columns their wider types. */
export function changeColumnsText (layout: TableLayout, columns: readonly Column[]): string {
  return columns.map(column => `ALTER TABLE ${tableName(layout)} CHANGE COLUMN ${name(column.name)} ${name(column.name)} ${quotedType(column.type)};\n`).join('')
}

/** HiveQL that adds partitions; doing it twice does nothing. */
export function addPartitionsText (layout: TableLayout, partitions: readonly TablePartition[]): string {
  if (partitions.length === 0) return ''
  const added = partitions.map(({ values, location }) =>
    `\n  PARTITION (${[...values].map(([column, value]) => `${name(column)}=${quoted(value)}`).join(', ')}) LOCATION ${quoted(location)}`)
  return `ALTER TABLE ${tableName(layout)} ADD IF NOT EXISTS${added.join('')};\n`
}

/** What the statements of this module have made of a table, in the order in which they stand; null where they make none. */
export function tableInText (text: string, layout: Pick<TableLayout, 'database' | 'table'>): Pick<TableLayout, 'columns' | 'partitionColumns'> | null {
  const table = tableName(layout)
  const create = `CREATE EXTERNAL TABLE IF NOT EXISTS ${table} (\n`
  const add = `ALTER TABLE ${table} ADD COLUMNS (\n`
  const change = `ALTER TABLE ${table} CHANGE COLUMN `
  let found: { columns: Column[], partitionColumns: string[] } | null = null
  for (const statement of text.split(';\n')) {
    // A second one does nothing.
    if (statement.startsWith(create)) {
      const [, columns = '', keys = ''] = /^([^]*?)\n\)\n(?:PARTITIONED BY \((.*)\)\n)?/.exec(statement.slice(create.length)) ?? []
      found ??= { columns: columnsIn(columns), partitionColumns: [...keys.matchAll(/`((?:[^`]|``)*)` string/g)].map(match => unquoted(match[1]!)) }
    } else if (found !== null && statement.startsWith(add)) found.columns.push(...columnsIn(statement.slice(add.length)))
    else if (found !== null && statement.startsWith(change)) {
      const [, changed = '', type = ''] = /^`((?:[^`]|``)*)` `(?:[^`]|``)*` (.*)$/.exec(statement.slice(change.length)) ?? []
      found.columns = found.columns.map(column => column.name === unquoted(changed) ? { name: column.name, type: type.replaceAll('`', '') } : column)
    }
  }
  return found
}

function columnsIn (lines: string): Column[] {
  return [...lines.matchAll(/^ {2}`((?:[^`]|``)*)` (.*?),?$/gm)].map(([, column = '', type = '']) => ({ name: unquoted(column), type: type.replaceAll('`', '') }))
}

function unquoted (text: string): string { return text.replaceAll('``', '`') }
