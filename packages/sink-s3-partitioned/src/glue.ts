import type * as Glue from '@aws-sdk/client-glue'
import type { GlueClient, GlueClientConfig, Partition, PartitionError, PartitionInput, StorageDescriptor, Table, TableInput } from '@aws-sdk/client-glue'
import { ConnectError } from '@tributary/plugin'
import { unionOf } from './hive-type-union.ts'
import type { Column } from './hive-types.ts'
import { StoreError } from './object-store.ts'
import { isSamePlace, partitionsPerCall } from './table.ts'
import type { Catalog, FoundTable, TableLayout, TablePartition } from './table.ts'

interface GlueError extends Error { readonly $metadata?: { readonly httpStatusCode?: number } }

/** What an update of a table keeps of it. */
const kept = ['Description', 'Owner', 'LastAccessTime', 'LastAnalyzedTime', 'Retention', 'PartitionKeys', 'ViewOriginalText', 'ViewExpandedText', 'TableType', 'TargetTable'] as const

/** A Glue data catalog. */
export class GlueCatalog implements Catalog {
  readonly #aws: typeof Glue
  readonly #client: GlueClient
  readonly #warn: (sentence: string) => void
  /** As they were read last. */
  readonly #tables = new Map<string, Table>()

  private constructor (aws: typeof Glue, client: GlueClient, warn: (sentence: string) => void) {
    this.#aws = aws
    this.#client = client
    this.#warn = warn
  }

  /** Loads the AWS client, an optional dependency, here and not before. */
  static async open (config: GlueClientConfig, warn: (sentence: string) => void): Promise<GlueCatalog> {
    try {
      const aws = await import('@aws-sdk/client-glue')
      return new GlueCatalog(aws, new aws.GlueClient(config), warn)
    } catch (error) {
      throw new ConnectError('GLUE_CLIENT', 'config', 'glue.database needs the package @aws-sdk/client-glue, which is not installed. Add it with your package manager.', { cause: error })
    }
  }

  close (): void { this.#client.destroy() }

  async ensureTable (layout: TableLayout): Promise<FoundTable | null> {
    // Read each time: other tasks change it too, an update is of the whole table, and new partitions get its columns.
    const found = await this.#read(layout)
    if (found === null && layout.columns.length === 0) return null
    let table = found ?? await this.#create(layout)
    const changed = this.#changed(layout, table)
    if (changed !== null) {
      // First, so that it is done again should the task die in between.
      if (changed.isWider) await this.#widenPartitions(layout, changed.columns)
      await this.#update(layout, table, changed)
      // And again, for those that another task has added meanwhile with what it had read of the table; from here on it reads the new one.
      if (changed.isWider) await this.#widenPartitions(layout, changed.columns)
      table = await this.#read(layout) ?? await this.#create(layout)
    }
    const before = this.#tables.get(nameOf(layout))
    this.#tables.set(nameOf(layout), table)
    // Whoever has made it again since.
    const isOther = found === null || (before !== undefined && before.CreateTime?.getTime() !== table.CreateTime?.getTime())
    return { partitionColumns: keysOf(table), location: table.StorageDescriptor?.Location ?? null, isOther }
  }

  async addPartitions (layout: TableLayout, partitions: readonly TablePartition[]): Promise<readonly string[]> {
    const table = this.#tables.get(nameOf(layout))
    const descriptor = table?.StorageDescriptor ?? descriptorOf(layout)
    const keys = table === undefined ? layout.partitionColumns : keysOf(table)
    const valuesOf = ({ values }: TablePartition): string[] => keys.map(key => values.get(key) ?? '')
    const { Errors = [] } = await this.#call(`add partitions to ${nameOf(layout)}`, layout, () => this.#client.send(new this.#aws.BatchCreatePartitionCommand({
      DatabaseName: layout.database,
      TableName: layout.table,
      PartitionInputList: partitions.map(partition => ({ Values: valuesOf(partition), StorageDescriptor: { ...descriptor, Location: partition.location } }))
    })))
    const isThere = (error: PartitionError): boolean => error.ErrorDetail?.ErrorCode === 'AlreadyExistsException'
    this.#check(layout, Errors.filter(error => !isThere(error)))
    // Another task may have widened types before these were there to be widened.
    const now = await this.#read(layout)
    const isSame = JSON.stringify(columnsOf(now?.StorageDescriptor)) === JSON.stringify(columnsOf(descriptor))
    if (now !== null) this.#tables.set(nameOf(layout), now)
    const there = isSame ? Errors.filter(isThere).map(({ PartitionValues = [] }) => PartitionValues) : partitions.map(valuesOf)
    const found = there.length === 0 ? [] : await this.#completePartitions(layout, there)
    if (isSamePlace(descriptor.Location ?? layout.location, layout.location)) return []
    const locations = new Map(found.map(({ Values, StorageDescriptor }) => [JSON.stringify(Values), StorageDescriptor?.Location]))
    return partitions.flatMap(partition => {
      const other = locations.get(JSON.stringify(valuesOf(partition)))
      return other === undefined || isSamePlace(other, partition.location) ? [] : [partition.location]
    })
  }

  /** Athena answers no query of a table whose column has another type in any partition. */
  async #widenPartitions (layout: TableLayout, columns: readonly Column[]): Promise<void> {
    let token: string | undefined
    do {
      const page = await this.#call(`read partitions of ${nameOf(layout)}`, layout, () =>
        this.#client.send(new this.#aws.GetPartitionsCommand({ DatabaseName: layout.database, TableName: layout.table, ...token === undefined ? {} : { NextToken: token } })))
      await this.#complete(layout, page.Partitions ?? [], columns)
      token = page.NextToken
    } while (token !== undefined && token !== '')
  }

  /** Gives partitions the columns of the table: engines read a partition by its own, and records there may have what none had before. */
  async #completePartitions (layout: TableLayout, values: readonly string[][]): Promise<readonly Partition[]> {
    const { Partitions = [], UnprocessedKeys = [] } = await this.#call(`read partitions of ${nameOf(layout)}`, layout, () =>
      this.#client.send(new this.#aws.BatchGetPartitionCommand({ DatabaseName: layout.database, TableName: layout.table, PartitionsToGet: values.map(Values => ({ Values })) })))
    if (UnprocessedKeys.length > 0) throw new StoreError('transient', `Glue has left out ${UnprocessedKeys.length} partitions of ${nameOf(layout)}.`)
    await this.#complete(layout, Partitions, columnsOf(this.#tables.get(nameOf(layout))?.StorageDescriptor))
    return Partitions
  }

  async #complete (layout: TableLayout, partitions: readonly Partition[], columns: readonly Column[]): Promise<void> {
    const entries = partitions.flatMap(partition => {
      const own = columnsOf(partition.StorageDescriptor)
      const { added, widened, columns: both } = unionOf(own, columns)
      // Files of Parquet have types of their own, which those of the partition have to fit; engines cast from them to the table's.
      const isParquet = /parquet/i.test(partition.StorageDescriptor?.InputFormat ?? '')
      const complete = isParquet ? [...own, ...added] : both
      // Without any it is read by those of the table.
      const isComplete = own.length === 0 || added.length + (isParquet ? 0 : widened.length) === 0
      return isComplete ? [] : [{ PartitionValueList: partition.Values ?? [], PartitionInput: inputOf(partition, complete) }]
    })
    for (let start = 0; start < entries.length; start += partitionsPerCall) {
      const { Errors = [] } = await this.#call(`change partitions of ${nameOf(layout)}`, layout, () => this.#client.send(new this.#aws.BatchUpdatePartitionCommand({
        DatabaseName: layout.database, TableName: layout.table, Entries: entries.slice(start, start + partitionsPerCall)
      })))
      this.#check(layout, Errors.map(({ PartitionValueList = [], ErrorDetail }) => ({ PartitionValues: PartitionValueList, ...ErrorDetail === undefined ? {} : { ErrorDetail } })))
    }
  }

  /** Throws what Glue has against some partitions of a call. */
  #check (layout: TableLayout, errors: readonly PartitionError[]): void {
    const [worst] = errors.toSorted((a, b) => Number(mayHelp(a.ErrorDetail?.ErrorCode)) - Number(mayHelp(b.ErrorDetail?.ErrorCode)))
    if (worst === undefined) return
    const { PartitionValues = [], ErrorDetail: { ErrorCode = 'no code', ErrorMessage = 'no message' } = {} } = worst
    this.#fail(`register ${errors.length} partitions, such as ${PartitionValues.join('/')}, of ${nameOf(layout)}`, layout, { name: ErrorCode, message: ErrorMessage }, mayHelp(ErrorCode), worst)
  }

  /** What a table lacks: its columns and parameters as they should be; null for nothing. */
  #changed (layout: TableLayout, table: Table): { columns: readonly Column[], isWider: boolean, parameters: Record<string, string> } | null {
    const { StorageDescriptor, Parameters = {} } = table
    const keys = new Set(keysOf(table))
    const { columns, added, widened, conflicts } = unionOf(columnsOf(StorageDescriptor), layout.columns.filter(({ name }) => !keys.has(name)))
    for (const conflict of conflicts) this.#warn(`Table ${nameOf(layout)}: ${conflict}`)
    // A projection that is there may have been tuned by hand.
    const isProjected = layout.properties['projection.enabled'] === undefined || Parameters['projection.enabled'] !== undefined
    return added.length + widened.length === 0 && isProjected ? null : { columns, isWider: widened.length > 0, parameters: { ...Parameters, ...isProjected ? {} : layout.properties } }
  }

  async #update (layout: TableLayout, table: Table, { columns, parameters }: { columns: readonly Column[], parameters: Record<string, string> }): Promise<void> {
    const input: TableInput = { Name: layout.table, Parameters: parameters, StorageDescriptor: { ...table.StorageDescriptor, Columns: gluedColumns(columns, table.StorageDescriptor) } }
    for (const part of kept) if (table[part] !== undefined) Object.assign(input, { [part]: table[part] })
    await this.#call(`change table ${nameOf(layout)}`, layout, () => this.#client.send(new this.#aws.UpdateTableCommand({
      DatabaseName: layout.database, TableInput: input, ...table.VersionId === undefined ? {} : { VersionId: table.VersionId }
    })))
  }

  async #read (layout: TableLayout): Promise<Table | null> {
    const { database, table } = layout
    return this.#call(`read table ${database}.${table}`, layout, async () => {
      try {
        return (await this.#client.send(new this.#aws.GetTableCommand({ DatabaseName: database, Name: table }))).Table ?? null
      } catch (error) {
        if ((error as Error).name === 'EntityNotFoundException') return null
        throw error
      }
    })
  }

  async #create (layout: TableLayout): Promise<Table> {
    await this.#call(`make table ${nameOf(layout)}`, layout, async () => {
      try {
        await this.#client.send(new this.#aws.CreateTableCommand({
          DatabaseName: layout.database,
          TableInput: {
            Name: layout.table,
            TableType: 'EXTERNAL_TABLE',
            Parameters: { EXTERNAL: 'TRUE', ...layout.properties },
            PartitionKeys: layout.partitionColumns.map(column => ({ Name: column, Type: 'string' })),
            StorageDescriptor: descriptorOf(layout)
          }
        }))
      } catch (error) {
        // Another task was faster.
        if ((error as Error).name !== 'AlreadyExistsException') throw error
      }
    })
    const made = await this.#read(layout)
    if (made === null) throw new StoreError('transient', `Glue does not show the table ${nameOf(layout)} yet that was made.`)
    return made
  }

  async #call<T> (what: string, layout: TableLayout, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      const { name, message, $metadata } = error as GlueError
      const status = $metadata?.httpStatusCode
      // No status: the network, or credentials that are away for a while, since the bucket was opened with the same.
      return this.#fail(what, layout, { name, message }, (status ?? 500) >= 500 || status === 429 || mayHelp(name), error)
    }
  }

  #fail (what: string, layout: TableLayout, { name, message }: { name: string, message: string }, isTransient: boolean, cause: unknown): never {
    const known = name === 'EntityNotFoundException' && this.#tables.delete(nameOf(layout))
    const sentence = `Cannot ${what} in Glue: ${name}: ${message}`
    // A table that was there a moment ago was removed since, and is made again.
    if (isTransient || known) throw new StoreError('transient', sentence, { cause })
    throw new ConnectError('GLUE', 'system', `${sentence} ${advice[name] ?? 'Mend it, or take glue.database out of the configuration,'} then restart the task: the objects are stored, and are registered then.`, { cause })
  }
}

const advice: Readonly<Record<string, string>> = {
  EntityNotFoundException: 'Make the database, or name another in glue.database,',
  AccessDeniedException: 'Give the sink the rights to Glue that docs/s3-sink.md lists,',
  ResourceNumberLimitExceededException: 'Have the quota raised,'
}

/** Whether the same call may get another answer, by the name of the error alone. */
function mayHelp (name = ''): boolean {
  return /Throttl|Concurrent|Timeout|LimitExceeded|Internal|Unavailable|NotReady/.test(name) && name !== 'ResourceNumberLimitExceededException'
}

function nameOf ({ database, table }: TableLayout): string { return `${database}.${table}` }

/** Glue has them in lower case, other catalogs behind its interface may not. */
function keysOf ({ PartitionKeys = [] }: Table): string[] { return PartitionKeys.map(({ Name = '' }) => Name.toLowerCase()) }

function columnsOf (descriptor: StorageDescriptor | undefined): Column[] {
  return (descriptor?.Columns ?? []).map(({ Name = '', Type = '' }) => ({ name: Name, type: Type }))
}

/** Columns for Glue; those that were there keep their comments. */
function gluedColumns (columns: readonly Column[], before?: StorageDescriptor): NonNullable<StorageDescriptor['Columns']> {
  const old = new Map((before?.Columns ?? []).map(column => [column.Name, column]))
  return columns.map(({ name, type }) => ({ ...old.get(name), Name: name, Type: type }))
}

function inputOf ({ Values = [], StorageDescriptor, Parameters }: Partition, columns: readonly Column[]): PartitionInput {
  return { Values, StorageDescriptor: { ...StorageDescriptor, Columns: gluedColumns(columns, StorageDescriptor) }, ...Parameters === undefined ? {} : { Parameters } }
}

function descriptorOf ({ location, columns, format }: TableLayout): StorageDescriptor {
  return {
    Columns: gluedColumns(columns),
    Location: location,
    InputFormat: format.inputFormat,
    OutputFormat: format.outputFormat,
    SerdeInfo: { SerializationLibrary: format.serde, Parameters: { ...format.serdeParameters } }
  }
}
