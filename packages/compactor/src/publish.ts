import { ConnectError, configError } from '@tributary/plugin'
import type * as Aws from '@aws-sdk/client-glue'
import type { GlueClient, PartitionInput, StorageDescriptor } from '@aws-sdk/client-glue'
import { tableFormats } from '@tributary/sink-s3-partitioned/schemas'
import { readIfThere } from './plan.ts'
import { conditionFailed, type S3 } from './s3.ts'
import { urlText, type S3Url } from './s3-url.ts'

/** How readers come to see a partition's new files instead of its old ones, in one step. */
export type Publication =
  /** A text object with the URL of each file, as Hive's SymlinkTextInputFormat reads it. `etag` null: there was none. */
  | { readonly kind: 'manifest', readonly place: S3Url, readonly files: readonly string[], readonly etag: string | null }
  /** The location of a partition in the Glue catalog. `parquet`: its files are of Parquet from now on, with `columns` where those are known. */
  | {
    readonly kind: 'glue', readonly database: string, readonly table: string, readonly values: readonly string[], readonly from: string, readonly to: string
    readonly parquet?: boolean, readonly columns?: readonly HiveColumn[]
  }

/** A column as the catalog names it. */
export interface HiveColumn { readonly name: string, readonly type: string }

export type GluePartition = Pick<Extract<Publication, { kind: 'glue' }>, 'database' | 'table' | 'values'>

/** Thrown when someone else changed what readers see, and they do not see the new files. */
export const notPublished = 'COMPACT_PUBLISH'

/** Shows the new files, `outputs` of the plan at `place` among them. May be repeated; throws a ConnectError when someone else changed what readers see. */
export async function publish (s3: S3, publication: Publication, outputs: readonly S3Url[], place: S3Url): Promise<void> {
  if (publication.kind === 'manifest') await publishManifest(s3, publication, outputs, place)
  else await publishGlue(publication)
}

async function publishManifest (s3: S3, { place, files, etag }: Extract<Publication, { kind: 'manifest' }>, outputs: readonly S3Url[], plan: S3Url): Promise<void> {
  const body = Buffer.from(files.map(file => `${file}\n`).join(''))
  try {
    await s3.put(place, body, { contentType: 'text/plain', ...(etag === null ? { ifNew: true } : { ifMatch: etag }) })
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== conditionFailed) throw error
    const there = await readIfThere(s3, place) ?? Buffer.alloc(0)
    if (there.equals(body)) return
    const shown = new Set(there.toString().split('\n'))
    if (!outputs.some(output => shown.has(urlText(output)))) throw new ConnectError(notPublished, 'system', `${urlText(place)} was changed by someone else: the new files are not shown, and given up. Nothing was deleted.`, { cause: error })
    throw new ConnectError('COMPACT_SHOWN', 'system', `${urlText(place)} was changed by someone else, and names new files of this run: nothing is deleted. Make it right, then delete ${urlText(plan)}.`, { cause: error })
  }
}

async function glue (): Promise<{ aws: typeof Aws, client: GlueClient }> {
  const aws = await import('@aws-sdk/client-glue')
  const endpoint = process.env['TRIBUTARY_GLUE'] ?? ''
  return { aws, client: new aws.GlueClient({ maxAttempts: 8, requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 }, ...(endpoint === '' ? {} : { endpoint, region: process.env['AWS_REGION'] ?? 'us-east-1' }) }) }
}

/** The storage of a partition, as the catalog has it now. */
export async function gluePartition ({ database, table, values }: GluePartition): Promise<{ location: string, input: PartitionInput }> {
  const { aws, client } = await glue()
  const name = `${database}.${table} (${values.join(', ')})`
  try {
    const { Partition } = await client.send(new aws.GetPartitionCommand({ DatabaseName: database, TableName: table, PartitionValues: [...values] }))
    const descriptor: StorageDescriptor = Partition?.StorageDescriptor ?? {}
    if (descriptor.Location === undefined) throw configError(`The partition ${name} has no location in the Glue catalog.`)
    return {
      location: descriptor.Location,
      input: { Values: [...values], StorageDescriptor: descriptor, ...(Partition?.Parameters === undefined ? {} : { Parameters: Partition.Parameters }) }
    }
  } catch (error) {
    if (error instanceof ConnectError) throw error
    if ((error as Error).name === 'EntityNotFoundException') throw configError(`The partition ${name} is not in the Glue catalog: register it before it is compacted with --publish=glue.`, { cause: error })
    throw new ConnectError('COMPACT_GLUE', 'transient', `Cannot read the partition ${name} from Glue: ${(error as Error).message}`, { cause: error })
  } finally {
    client.destroy()
  }
}

/** The columns of a table, without those of its partitions. */
export async function tableColumns (database: string, table: string): Promise<HiveColumn[]> {
  const { aws, client } = await glue()
  try {
    const { Table } = await client.send(new aws.GetTableCommand({ DatabaseName: database, Name: table }))
    return (Table?.StorageDescriptor?.Columns ?? []).map(({ Name = '', Type = '' }) => ({ name: Name, type: Type }))
  } catch (error) {
    if ((error as Error).name === 'EntityNotFoundException') throw configError(`The table ${database}.${table} is not in the Glue catalog.`, { cause: error })
    throw new ConnectError('COMPACT_GLUE', 'transient', `Cannot read the table ${database}.${table} from Glue: ${(error as Error).message}`, { cause: error })
  } finally {
    client.destroy()
  }
}

/** Where a partition is read from, and as what. */
function storageOf ({ to, parquet, columns }: Extract<Publication, { kind: 'glue' }>, before: StorageDescriptor | undefined): StorageDescriptor {
  if (parquet !== true) return { ...before, Location: to }
  const { inputFormat, outputFormat, serde, serdeParameters } = tableFormats.parquet
  return {
    ...before,
    Location: to,
    InputFormat: inputFormat,
    OutputFormat: outputFormat,
    SerdeInfo: { SerializationLibrary: serde, Parameters: { ...serdeParameters } },
    ...(columns === undefined ? {} : { Columns: columns.map(({ name, type }) => ({ Name: name, Type: type })) })
  }
}

const sameLocation = (a: string, b: string): boolean => a.replace(/\/+$/, '') === b.replace(/\/+$/, '')

async function publishGlue (publication: Extract<Publication, { kind: 'glue' }>): Promise<void> {
  const { database, table, values, from, to } = publication
  const { location, input } = await gluePartition(publication)
  if (sameLocation(location, to)) return
  if (!sameLocation(location, from)) {
    throw new ConnectError(notPublished, 'system', `The partition ${database}.${table} (${values.join(', ')}) was moved to ${location} by someone else: the new files are not shown, and given up. Nothing was deleted.`)
  }
  const { aws, client } = await glue()
  try {
    await client.send(new aws.UpdatePartitionCommand({
      DatabaseName: database, TableName: table, PartitionValueList: [...values], PartitionInput: { ...input, StorageDescriptor: storageOf(publication, input.StorageDescriptor) }
    }))
  } catch (error) {
    throw new ConnectError('COMPACT_GLUE', 'transient', `Cannot move the partition ${database}.${table} (${values.join(', ')}) in Glue: ${(error as Error).message}`, { cause: error })
  } finally {
    client.destroy()
  }
}
