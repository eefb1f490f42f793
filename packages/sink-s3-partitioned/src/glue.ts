import type * as Glue from '@aws-sdk/client-glue'
import type { GlueClient, GlueClientConfig, StorageDescriptor, Table } from '@aws-sdk/client-glue'
import { ConnectError } from '@tributary/plugin'
import { StoreError } from './object-store.ts'
import type { TableLayout, TablePartition } from './table.ts'

/** Partitions of one BatchCreatePartition, by Glue's own limit. */
export const partitionsPerCall = 100

interface GlueError extends Error { readonly $metadata?: { readonly httpStatusCode?: number } }

/** A Glue data catalog. Calls reject with a `transient` StoreError where trying again may help, with a `system` ConnectError where not. */
export class GlueCatalog {
  readonly #aws: typeof Glue
  readonly #client: GlueClient
  readonly #tables = new Map<string, Table>()

  private constructor (aws: typeof Glue, client: GlueClient) {
    this.#aws = aws
    this.#client = client
  }

  /** Loads the AWS client, an optional dependency, here and not before. */
  static async open (config: GlueClientConfig): Promise<GlueCatalog> {
    try {
      const aws = await import('@aws-sdk/client-glue')
      return new GlueCatalog(aws, new aws.GlueClient(config))
    } catch (error) {
      throw new ConnectError('GLUE_CLIENT', 'config', 'glue.database needs the package @aws-sdk/client-glue, which is not installed. Add it with your package manager.', { cause: error })
    }
  }

  close (): void { this.#client.destroy() }

  /** Makes the table, or adds the columns that it lacks. Columns are never removed, and never change their type. */
  async ensureTable (layout: TableLayout): Promise<void> {
    const key = `${layout.database}.${layout.table}`
    const known = this.#tables.get(key) ?? await this.#read(layout)
    if (known === null) {
      await this.#create(layout)
      return
    }
    this.#tables.set(key, known)
    const existing = known.StorageDescriptor?.Columns ?? []
    const names = new Set([...existing, ...known.PartitionKeys ?? []].map(column => column.Name?.toLowerCase()))
    const added = layout.columns.filter(column => !names.has(column.name.toLowerCase()))
    if (added.length === 0) return
    const columns = [...existing, ...added.map(({ name, type }) => ({ Name: name, Type: type }))]
    await this.#call(`add columns to ${key}`, () => this.#client.send(new this.#aws.UpdateTableCommand({
      DatabaseName: layout.database,
      TableInput: {
        Name: layout.table,
        ...known.TableType === undefined ? {} : { TableType: known.TableType },
        ...known.Parameters === undefined ? {} : { Parameters: known.Parameters },
        PartitionKeys: known.PartitionKeys ?? [],
        StorageDescriptor: { ...known.StorageDescriptor, Columns: columns }
      },
      ...known.VersionId === undefined ? {} : { VersionId: known.VersionId }
    })))
    this.#tables.delete(key)
    const after = await this.#read(layout)
    if (after !== null) this.#tables.set(key, after)
  }

  /** Adds partitions, at most {@link partitionsPerCall}; those that exist count as added. */
  async addPartitions (layout: TableLayout, partitions: readonly TablePartition[]): Promise<void> {
    const descriptor = this.#tables.get(`${layout.database}.${layout.table}`)?.StorageDescriptor ?? descriptorOf(layout)
    const { Errors } = await this.#call(`add partitions to ${layout.database}.${layout.table}`, () => this.#client.send(new this.#aws.BatchCreatePartitionCommand({
      DatabaseName: layout.database,
      TableName: layout.table,
      PartitionInputList: partitions.map(({ values, location }) => ({ Values: [...values.values()], StorageDescriptor: { ...descriptor, Location: location } }))
    })))
    const failed = (Errors ?? []).filter(error => error.ErrorDetail?.ErrorCode !== 'AlreadyExistsException')
    if (failed.length === 0) return
    const { ErrorCode, ErrorMessage } = failed[0]!.ErrorDetail ?? {}
    throw new StoreError('transient', `Glue refused ${failed.length} partitions of ${layout.database}.${layout.table}: ${ErrorCode}: ${ErrorMessage}`)
  }

  async #read ({ database, table }: TableLayout): Promise<Table | null> {
    return this.#call(`read table ${database}.${table}`, async () => {
      try {
        return (await this.#client.send(new this.#aws.GetTableCommand({ DatabaseName: database, Name: table }))).Table ?? null
      } catch (error) {
        if ((error as Error).name === 'EntityNotFoundException') return null
        throw error
      }
    })
  }

  async #create (layout: TableLayout): Promise<void> {
    await this.#call(`make table ${layout.database}.${layout.table}`, async () => {
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
        // Another task was faster; what it lacks is added when it is looked at next.
        if ((error as Error).name !== 'AlreadyExistsException') throw error
      }
    })
  }

  async #call<T> (what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (cause) {
      if (cause instanceof StoreError) throw cause
      const error = cause as GlueError
      const status = error.$metadata?.httpStatusCode
      const message = `Cannot ${what} in Glue: ${error.name}: ${error.message}`
      const mayHelp = status === undefined || status >= 500 || status === 429 || /Throttl|Concurrent|Timeout|LimitExceeded/.test(error.name)
      if (mayHelp && error.name !== 'CredentialsProviderError') throw new StoreError('transient', message, { cause })
      throw new ConnectError('GLUE', 'system', message, { cause })
    }
  }
}

function descriptorOf ({ location, columns, format }: TableLayout): StorageDescriptor {
  return {
    Columns: columns.map(({ name, type }) => ({ Name: name, Type: type })),
    Location: location,
    InputFormat: format.inputFormat,
    OutputFormat: format.outputFormat,
    SerdeInfo: { SerializationLibrary: format.serde, Parameters: { ...format.serdeParameters } }
  }
}
