import { readFile } from 'node:fs/promises'
import { ConnectError, configError } from '@tributary/plugin'
import type { CompactOptions } from './compact-options.ts'
import { schemaOfDeclared, type DeclaredSchema } from './declared-schema.ts'
import { isData } from './names.ts'
import { requireSortable } from './parquet.ts'
import { makePlan, requireOneFormat } from './partition-plan.ts'
import { viewOf } from './partition-view.ts'
import { isOwn, loadPlan, ownFolder, planPlace, sizeOf, startPlan, type Plan } from './plan.ts'
import { publish, tableColumns } from './publish.ts'
import { runPlan, type Progress } from './run-plan.ts'
import type { Listed, S3 } from './s3.ts'
import { asFolder, parseS3Url, urlText, type S3Url } from './s3-url.ts'
import { SinkLedgers } from './sink-ledgers.ts'

const minute = 60_000

/** What became of a partition. */
export type Outcome = 'compacted' | 'new files shown' | 'nothing to do' | 'written to just now' | 'a sink has yet to finish its commit' | 'originals kept for now'

interface Voice { readonly say: (sentence: string) => void, readonly progress: Progress }

/** Compacts partitions one after another, and tells what became of each. */
export async function compact (s3: S3, options: CompactOptions, voice: Voice): Promise<void> {
  const { ledgerPrefix = '_tributary' } = options
  const areLedgers = ({ key }: S3Url): boolean => ledgerPrefix !== '' && key.startsWith(`${ledgerPrefix}/`)
  const locations = options.location.map(text => asFolder(parseS3Url(text, '--location')))
  const ledgers = locations.find(areLedgers)
  if (ledgers !== undefined) throw configError(`${urlText(ledgers)} holds the ledgers of the sinks, which must stay as they are.`)
  if (options.table !== undefined) {
    const partitions = (await partitionsOf(s3, asFolder(parseS3Url(options.table, '--table')))).filter(location => !areLedgers(location))
    if (partitions.length === 0) voice.say(`There is nothing to compact under ${options.table}.`)
    locations.push(...partitions)
  }
  const declared = await declaredSchema(s3, options)
  const order: Order = { ...options, declared, ledgers: new SinkLedgers(s3, ledgerPrefix) }
  const failures: ConnectError[] = []
  for (const location of locations) {
    try {
      voice.say(`${urlText(location)}: ${await compactPartition(s3, order, location, voice)}.`)
    } catch (error) {
      // What is wrong with one partition is no reason to leave the others; where S3 does not answer, they would wait in vain.
      const failure = error instanceof ConnectError ? error : new ConnectError('COMPACT', 'system', `${urlText(location)}: ${(error as Error).message}`, { cause: error })
      if (failure.kind === 'transient') throw failure
      if (failures.push(failure) > 1) voice.say(failure.message)
    }
  }
  if (failures[0] !== undefined) throw failures[0]
}

/** Options with what had to be looked up for them. */
export interface Order extends CompactOptions { readonly declared: DeclaredSchema | undefined, readonly ledgers: SinkLedgers }

/** The columns of Parquet: those of --schema, else of the table in Glue; undefined where neither tells them. */
async function declaredSchema (s3: S3, options: CompactOptions): Promise<DeclaredSchema | undefined> {
  if (options.format !== 'parquet') return undefined
  const declared = options.schema === undefined ? await glueColumns(options) : { avro: await avroOf(s3, options.schema) }
  if (declared !== undefined) requireSortable(schemaOfDeclared(declared), options.sortBy)
  return declared
}

async function avroOf (s3: S3, text: string): Promise<unknown> {
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text)
    const body = /^s3[an]?:/.test(text) ? await s3.readAll(parseS3Url(text, '--schema')) : await readFile(text)
    return JSON.parse(body.toString())
  } catch (error) {
    throw configError(`--schema is neither an Avro record, nor a file or an object with one: ${(error as Error).message}`, { cause: error })
  }
}

async function glueColumns ({ publish, glueTable = '' }: CompactOptions): Promise<DeclaredSchema | undefined> {
  if (publish !== 'glue') return undefined
  const [database = '', table = ''] = glueTable.split('.')
  const columns = await tableColumns(database, table)
  return columns.length === 0 ? undefined : { hive: columns }
}

/** Folders that hold files, or a plan that is not done. */
async function partitionsOf (s3: S3, table: S3Url): Promise<S3Url[]> {
  const folders = new Map<string, S3Url>()
  for await (const { bucket, key } of s3.list(table)) {
    const folder = { bucket, key: key.slice(0, (isOwn(key) ? key.lastIndexOf(ownFolder) : key.lastIndexOf('/') + 1)) }
    if (isData(key, table.key) || planPlace(['compact'], folder).key === key) folders.set(folder.key, folder)
  }
  return [...folders.values()]
}

async function compactPartition (s3: S3, options: Order, location: S3Url, { say, progress }: Voice): Promise<Outcome> {
  const place = planPlace(['compact'], location)
  const open = await loadPlan(s3, place)
  if (open !== null) {
    if (options.dryRun) {
      say(`${urlText(location)}: a run is to be finished first.`)
      return 'nothing to do'
    }
    if (!await runPlan(s3, place, open, progress)) return showSince(s3, options, location, open)
  }
  const view = await viewOf(s3, options, location)
  const busy = await whyBusy(options, [...view.files, ...view.companions.values()])
  if (busy !== null) return busy
  const plan = makePlan(options, location, view)
  if (plan === null) return open === null ? 'nothing to do' : 'compacted'
  if (options.dryRun) {
    tell(plan, say)
    return 'nothing to do'
  }
  // Someone else's plan is as good as ours.
  const isOurs = await startPlan(s3, place, plan)
  const current = isOurs ? plan : await loadPlan(s3, place)
  if (current === null) return 'compacted'
  if (!await runPlan(s3, place, current, progress)) return 'originals kept for now'
  return current.outputs.length === 0 ? 'new files shown' : 'compacted'
}

/** Why files are to be left alone, or null. */
async function whyBusy ({ quietMinutes = 10, ledgers }: Order, files: readonly Listed[]): Promise<Outcome | null> {
  const newest = files.reduce((latest, { modified }) => Math.max(latest, modified), 0)
  if (Date.now() - newest < quietMinutes * minute) return 'written to just now'
  return await ledgers.name(files) ? 'a sink has yet to finish its commit' : null
}

/** Adds files that came since a plan was published to the manifest, while the plan's inputs stay for the grace. A new place in Glue has to wait until that is over. */
async function showSince (s3: S3, options: Order, location: S3Url, { outputs, publication: before }: Plan): Promise<Outcome> {
  if (options.publish !== 'manifest' || before?.kind !== 'manifest' || options.format === 'parquet') return 'originals kept for now'
  const view = await viewOf(s3, options, location)
  const kept = new Set(outputs.flatMap(({ inputs }) => inputs.map(urlText)))
  const isNew = (file: Listed): boolean => !kept.has(urlText(file))
  const [files, since] = [view.files.filter(isNew), view.hidden.filter(isNew)]
  const publication = view.publication(files, '')
  if (since.length === 0 || publication === undefined) return 'originals kept for now'
  const busy = await whyBusy(options, since)
  if (busy !== null) return busy
  requireOneFormat(files)
  await publish(s3, publication, [], location)
  return 'new files shown'
}

function tell ({ outputs, publication }: Plan, say: Voice['say']): void {
  for (const output of outputs) say(`${urlText(output)} from ${output.inputs.length} files of ${sizeOf(output.inputs)} bytes`)
  if (publication?.kind === 'manifest') say(`${urlText(publication.place)} would name ${publication.files.length} files`)
}
