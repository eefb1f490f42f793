import type { Counter, Log, RawConfig, SinkRecord, SinkTaskContext } from '@tributary/plugin'
import { awsClientConfig } from './client.ts'
import type { S3SinkConfig } from './config.ts'
import { DdlFile } from './ddl-file.ts'
import { partitionValues } from './field-directories.ts'
import { formatName } from './formats.ts'
import { GlueCatalog } from './glue.ts'
import { partitionColumn } from './hive-types.ts'
import type { Column } from './hive-types.ts'
import { lateDirectory } from './late.ts'
import type { PendingObject } from './ledger.ts'
import { directoryPatterns, projectionProperties } from './projection.ts'
import type { DirectoryPattern } from './projection.ts'
import { SeenColumns } from './seen-columns.ts'
import { isSamePlace, partitionsPerCall, tableFormats } from './table.ts'
import type { Catalog, TableLayout, TablePartition } from './table.ts'

const maxKnown = 100_000
const delim = '/'

/** What is registered of a topic. */
interface Registered {
  /** Columns that the tables have. */
  readonly columns: string
  /** Directories that each catalog has, or cannot have. */
  readonly known: ReadonlyMap<Catalog, Set<string>>
  /** Directories that wait until a record shows what columns there are. */
  readonly waiting: Set<string>
  /** Directories that have been counted as no partition of the table. */
  readonly strays: Set<string>
}

/** Makes tables and partitions known once their objects are visible: in Glue, as HiveQL text, or both. */
export class Registration {
  readonly #config: S3SinkConfig
  readonly #strays: Counter
  readonly #catalogs: readonly Catalog[]
  readonly #seen: SeenColumns
  readonly #patterns: readonly DirectoryPattern[]
  readonly #topics = new Map<string, Registered>()
  /** Topics by their tables. */
  readonly #tables = new Map<string, string>()
  readonly #warn: Warn
  #turn: Promise<void> = Promise.resolve()

  private constructor (config: S3SinkConfig, raw: RawConfig, context: RegistrationContext, catalogs: readonly Catalog[], warn: Warn) {
    this.#config = config
    this.#strays = context.counter('unregistered_directories', 'Directories of objects that are no partition of the table.')
    this.#catalogs = catalogs
    this.#warn = warn
    this.#seen = new SeenColumns(config, warn)
    this.#patterns = directoryPatterns(config, raw)
  }

  /** null where neither Glue nor a file is configured. */
  static async open (config: S3SinkConfig, raw: RawConfig, context: RegistrationContext): Promise<Registration | null> {
    const database = config['glue.database']
    const file = config['hive.ddl.file']
    if (database === '' && file === null) return null
    const warn = once(context.log)
    const endpoint = config['glue.endpoint']
    const glue = database === '' ? [] : [await GlueCatalog.open({ ...await awsClientConfig(config), ...endpoint === null ? {} : { endpoint } }, warn)]
    return new Registration(config, raw, context, [...glue, ...file === null ? [] : [new DdlFile(file, warn)]], warn)
  }

  close (): void { for (const catalog of this.#catalogs) catalog.close() }

  /** Shown every record that is kept; its fields become columns. */
  see (record: SinkRecord, isFirst: boolean): void { this.#seen.see(record, isFirst) }

  /** The columns of a topic's records so far. Ledgers keep them with what is pending, so that whoever finishes a commit can make the table. */
  columnsOf (topic: string): readonly Column[] { return this.#seen.of(topic) }

  /** Registers what objects have added. `columns`: of their topics. Rejects with a `transient` StoreError to be called again. */
  published (objects: readonly PendingObject[], columns: ReadonlyMap<string, readonly Column[]>): Promise<void> {
    // One after another: the commits of several partitions may change one table.
    const done = this.#turn.then(() => this.#published(objects, columns))
    this.#turn = done.catch(() => {})
    return done
  }

  async #published (objects: readonly PendingObject[], columns: ReadonlyMap<string, readonly Column[]>): Promise<void> {
    const topics = new Map<string, Set<string>>()
    for (const { partition } of objects) {
      if (partition === '') continue
      const [topic = '', directory = ''] = partition.split('\0')
      if (!this.#isAside(directory)) topics.set(topic, (topics.get(topic) ?? new Set()).add(directory))
    }
    for (const [topic, directories] of topics) await this.#register(topic, directories, columns.get(topic) ?? [])
  }

  /** Late records are for people to look at, not rows of the table. */
  #isAside (directory: string): boolean {
    const late = lateDirectory('', delim)
    return this.#config['late.policy'] === 'side' && (directory === late || directory.startsWith(late + delim))
  }

  async #register (topic: string, directories: ReadonlySet<string>, columns: readonly Column[]): Promise<void> {
    if (!this.#hasTable(topic, directories)) return
    const { known, waiting, strays } = this.#registered(topic, columns)
    for (const directory of directories) waiting.add(directory)
    let areDone = true
    for (const catalog of this.#catalogs) {
      if (!await this.#registerIn(catalog, topic, [...waiting], { columns, known: known.get(catalog)!, strays })) areDone = false
    }
    if (areDone) waiting.clear()
    else this.#warn(`Topic ${topic} has no table yet: its records have shown no columns. A table needs records that are JSON objects or have a struct as schema, or value.schema.`)
  }

  #registered (topic: string, columns: readonly Column[]): Registered {
    const text = JSON.stringify(columns)
    const before = this.#topics.get(topic)
    const isFull = before?.known.values().some(known => known.size > maxKnown) === true
    // A partition that was there before gets new columns too, once it gets objects.
    if (before !== undefined && !isFull && (before.columns === text || columns.length === 0)) return before
    const after = { columns: text, known: new Map(this.#catalogs.map(catalog => [catalog, new Set<string>()])), waiting: before?.waiting ?? new Set<string>(), strays: before?.strays ?? new Set<string>() }
    this.#topics.set(topic, after)
    return after
  }

  /** What one call has added is known at once, so that a retry goes on behind it. Resolves to false where there can be no table yet. */
  async #registerIn (catalog: Catalog, topic: string, directories: readonly string[], { columns, known, strays }: { columns: readonly Column[], known: Set<string>, strays: Set<string> }): Promise<boolean> {
    const partitions = directories.map(directory => ({ directory, values: valuesOf(directory), location: `${this.#location(topic)}${directory === '' ? '' : `${directory}/`}` }))
    const isFresh = ({ directory }: { directory: string }): boolean => !known.has(directory)
    // A table has no partitions only where no directory has columns.
    const fresh = partitions.filter(isFresh)
    const first = fresh.find(({ values }) => values.size > 0) ?? fresh[0]
    if (first === undefined) return true
    const isLost = first.values.size === 0 && this.#patterns.length > 0
    const layout = this.#layout(topic, first, columns)
    const table = isLost ? { partitionColumns: this.#patterns.map(({ name }) => partitionColumn(name)), location: null, isOther: false } : await catalog.ensureTable(layout)
    if (table === null) return false
    const { partitionColumns: keys, location, isOther } = table
    if (isOther) known.clear()
    const stray = (directory: string, sentence: string, key: string): void => {
      if (!strays.has(directory)) this.#strays.add()
      strays.add(directory)
      this.#warn(sentence, key)
    }
    const elsewhere = (directory: string): void => {
      stray(directory, `Table ${layout.table} is over ${location}, and directory ${directory} of topic ${topic}, which is in ${layout.location}, is not part of it: it is a table of other objects, or of another topic. ` +
        'Its objects, and those of other directories that are not, are stored. Name a table of its own in glue.table, or drop the table, so that it is made again.', `elsewhere ${topic}`)
    }
    const fits = ({ values }: TablePartition): boolean => values.size === keys.length && keys.every(key => values.has(key))
    for (const { directory, values } of partitions.filter(partition => isFresh(partition) && !fits(partition))) {
      known.add(directory)
      stray(directory, `Directory ${directory} of topic ${topic} is no partition of its table, which has ${keys.length === 0 ? 'no partitions' : `the partition columns ${keys.join(', ')}`}. ` +
        'Its objects, and those of other directories of its kind, are stored, but not part of the table.', `${topic}/${[...values.keys()].join('/')}`)
    }
    const added = partitions.filter(partition => isFresh(partition) && fits(partition))
    const isListed = keys.length > 0 && !this.#config['glue.projection']
    if (!isListed && location !== null && !isSamePlace(location, layout.location)) for (const { directory } of added) elsewhere(directory)
    for (let start = 0; start < added.length; start += partitionsPerCall) {
      const batch = added.slice(start, start + partitionsPerCall)
      const lost = isListed ? await catalog.addPartitions(layout, batch) : []
      for (const { directory, location: own } of batch) {
        known.add(directory)
        if (lost.includes(own)) elsewhere(directory)
      }
    }
    return true
  }

  /** Two topics cannot share a table: their directories would take each other's place. */
  #hasTable (topic: string, directories: ReadonlySet<string>): boolean {
    const table = this.#tableOf(topic)
    const owner = this.#tables.get(table) ?? topic
    this.#tables.set(table, owner)
    if (owner === topic) return true
    this.#strays.add(directories.size)
    this.#warn(`Topic ${topic} has no table: ${table} is that of topic ${owner}. Leave glue.table empty, or let a connector of its own write each topic.`)
    return false
  }

  #tableOf (topic: string): string { return this.#config['glue.table'] === '' ? topic.toLowerCase().replace(/[^a-z0-9_]/g, '_') : this.#config['glue.table'] }

  #location (topic: string): string {
    return `s3://${[this.#config['s3.bucket.name'], this.#config['topics.dir'], topic].filter(part => part !== '').join('/')}/`
  }

  #layout (topic: string, { directory, values }: { directory: string, values: ReadonlyMap<string, string> }, columns: readonly Column[]): TableLayout {
    const format = formatName(this.#config)
    const location = this.#location(topic)
    const names = values.size === 0 ? [] : directory.split(delim).map(segment => segment.slice(0, segment.indexOf('=')))
    return {
      database: this.#config['glue.database'] === '' ? 'default' : this.#config['glue.database'],
      table: this.#tableOf(topic),
      location,
      columns: columns.filter(({ name }) => !values.has(name)),
      partitionColumns: [...values.keys()],
      format: tableFormats[format === 'bytes' ? 'json' : format],
      properties: this.#config['glue.projection'] && names.length > 0 ? projectionProperties(names, { location, from: this.#config['glue.projection.from'], patterns: this.#patterns }) : {}
    }
  }
}

type RegistrationContext = Pick<SinkTaskContext<S3SinkConfig>, 'log' | 'counter'>

/** Values of a directory by the columns of the table. */
function valuesOf (directory: string): Map<string, string> {
  return new Map(Array.from(partitionValues(directory, delim), ([name, value]) => [partitionColumn(name), value]))
}

/** Says a sentence, or the first of those with one key. */
type Warn = (sentence: string, key?: string) => void

const maxWarnings = 1_000

function once (log: Log): Warn {
  const said = new Set<string>()
  return (sentence, key = sentence) => {
    if (said.has(key) || said.size >= maxWarnings) return
    said.add(key)
    log.warn({}, sentence)
  }
}
