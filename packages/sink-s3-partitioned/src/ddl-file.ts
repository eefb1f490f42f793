import { ConnectError } from '@tributary/plugin'
import { appendFile, readFile, truncate } from 'node:fs/promises'
import { unionOf } from './hive-type-union.ts'
import type { Column } from './hive-types.ts'
import type { Catalog, FoundTable, TableLayout, TablePartition } from './table.ts'
import { addColumnsText, addPartitionsText, changeColumnsText, createTableText, tableInText, tableName } from './table.ts'

const maxKnown = 100_000
/** Characters of a statement that a log shows. */
const shown = 200

/** One writer at a time, for all tasks of the worker. */
const turns = new Map<string, Promise<void>>()

/**
 * A file of HiveQL that is only ever added to. Its own statements tell what the table has, so neither a restart nor another task writes a change again:
 * engines refuse to add a column twice.
 */
export class DdlFile implements Catalog {
  readonly #path: string
  readonly #warn: (sentence: string) => void
  readonly #tables = new Map<string, { columns: readonly Column[], partitionColumns: readonly string[] }>()
  readonly #partitions = new Set<string>()

  constructor (path: string, warn: (sentence: string) => void) {
    this.#path = path
    this.#warn = warn
  }

  async ensureTable (layout: TableLayout): Promise<FoundTable | null> {
    const key = tableName(layout)
    const known = this.#tables.get(key)
    if (known !== undefined && isWithin(layout.columns, known)) return foundTable(known)
    return this.#inTurn(async () => {
      const found = tableInText(await this.#wholeText(), layout)
      if (found === null && layout.columns.length === 0) return null
      if (found === null) await appendFile(this.#path, createTableText(layout))
      const table = found ?? layout
      const { columns, added, widened, conflicts } = unionOf(table.columns, layout.columns.filter(({ name }) => !table.partitionColumns.includes(name)))
      for (const conflict of conflicts) this.#warn(`Table ${layout.table}: ${conflict}`)
      if (added.length + widened.length > 0) await appendFile(this.#path, changeColumnsText(layout, widened) + addColumnsText(layout, added))
      this.#tables.set(key, { columns, partitionColumns: table.partitionColumns })
      return foundTable(table)
    })
  }

  async addPartitions (layout: TableLayout, partitions: readonly TablePartition[]): Promise<readonly string[]> {
    const added = partitions.filter(({ location }) => !this.#partitions.has(location))
    if (added.length === 0) return []
    await this.#inTurn(() => appendFile(this.#path, addPartitionsText(layout, added)))
    if (this.#partitions.size > maxKnown) this.#partitions.clear()
    for (const { location } of added) this.#partitions.add(location)
    return []
  }

  close (): void {}

  /** The text of the file, cut back to its last whole statement: behind the half of one, as a worker leaves it that is killed while it writes, every other would be part of it. */
  async #wholeText (): Promise<string> {
    const text = await readFile(this.#path, 'utf8').catch(absent)
    const end = text.lastIndexOf(';\n')
    const whole = end === -1 ? '' : text.slice(0, end + 2)
    const half = text.slice(whole.length)
    // What else stands there, such as a comment, others have written.
    if (!/^(CREATE|ALTER) /.test(half)) return text
    await truncate(this.#path, Buffer.byteLength(whole))
    this.#warn(`hive.ddl.file=${this.#path} ended within a statement, which was removed and is written again as a whole: ${half.slice(0, shown)}`)
    return whole
  }

  async #inTurn<T> (act: () => Promise<T>): Promise<T> {
    const path = this.#path
    const done = (turns.get(path) ?? Promise.resolve()).then(act)
    const turn = done.then(() => {}, () => {})
    turns.set(path, turn)
    try {
      return await done
    } catch (error) {
      throw new ConnectError('HIVE_DDL', 'system', `Cannot write hive.ddl.file=${path}: ${(error as Error).message} Make it writable, then restart the task; nothing is lost.`, { cause: error })
    } finally {
      if (turns.get(path) === turn) turns.delete(path)
    }
  }
}

/** Only the engines that run the statements know more. */
function foundTable ({ partitionColumns }: Pick<FoundTable, 'partitionColumns'>): FoundTable { return { partitionColumns, location: null, isOther: false } }

/** Whether nothing of these columns is news. */
function isWithin (columns: readonly Column[], known: { columns: readonly Column[], partitionColumns: readonly string[] }): boolean {
  const { added, widened } = unionOf(known.columns, columns.filter(({ name }) => !known.partitionColumns.includes(name)))
  return added.length + widened.length === 0
}

function absent (error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return ''
  throw error
}
