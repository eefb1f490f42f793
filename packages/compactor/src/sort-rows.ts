import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { deserialize, serialize } from 'node:v8'
import { TemporaryFolder } from './temporary-folder.ts'

/** A row's values, one for each column, and the length in bytes of what it was read from. */
export interface SizedRow { readonly values: readonly unknown[], readonly length: number }

/** Rows are held up to so many bytes of their text before they go to a file: as values they take several times as much. */
const runBytes = 4 * 1024 * 1024
/** Rows that are read back from a file at a time. */
const blockRows = 200

/** Smaller first, null last. Values are of one type, as a column has them. */
export function compareValues (a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null || a === undefined) return 1
  if (b === null || b === undefined) return -1
  const [left, right] = [a, b] as [number, number]
  return left < right ? -1 : left > right ? 1 : 0
}

/**
 * Sorts rows by one column; those with equal values stay in their order. What does not fit into memory waits in files of a folder in the system's place
 * for temporary files, which is gone in the end.
 */
export async function * sortedRows (rows: AsyncIterable<SizedRow>, column: number): AsyncGenerator<SizedRow> {
  const compare = (a: SizedRow, b: SizedRow): number => compareValues(a.values[column], b.values[column])
  await using end = new AsyncDisposableStack()
  let folder: TemporaryFolder | null = null
  const files: string[] = []
  let run: SizedRow[] = []
  let held = 0
  for await (const row of rows) {
    run.push(row)
    held += row.length
    if (held < runBytes) continue
    folder ??= end.use(await TemporaryFolder.create())
    const file = join(folder.path, String(files.length))
    await pipeline(blocks(run.sort(compare)), createWriteStream(file))
    files.push(file)
    run = []
    held = 0
  }
  run.sort(compare)
  if (files.length === 0) yield * run
  else yield * merged([...files.map(readRun), cursorOf([run].values())], compare)
}

/** A run in a file: blocks of rows, each behind its length. */
function * blocks (run: readonly SizedRow[]): Generator<Buffer> {
  const length = Buffer.alloc(4)
  for (let at = 0; at < run.length; at += blockRows) {
    const block = serialize(run.slice(at, at + blockRows))
    length.writeUInt32BE(block.length)
    yield Buffer.concat([length, block])
  }
}

async function * readRun (file: string): AsyncGenerator<SizedRow[]> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 64 * 1024 }) as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let at = 0
    while (held.length - at >= 4 && held.length - at - 4 >= held.readUInt32BE(at)) {
      const end = at + 4 + held.readUInt32BE(at)
      yield deserialize(held.subarray(at + 4, end)) as SizedRow[]
      at = end
    }
    held = held.subarray(at)
  }
}

async function * cursorOf (runs: Iterator<SizedRow[]>): AsyncGenerator<SizedRow[]> {
  for (let next = runs.next(); next.done !== true; next = runs.next()) yield next.value
}

/** Where the merge stands in one run. */
interface Cursor { readonly run: AsyncGenerator<SizedRow[]>, readonly order: number, block: SizedRow[], at: number }

/** One sequence of several that are sorted; of equal rows those of the earlier run come first. */
async function * merged (runs: readonly AsyncGenerator<SizedRow[]>[], compare: (a: SizedRow, b: SizedRow) => number): AsyncGenerator<SizedRow> {
  const isBefore = (a: Cursor, b: Cursor): boolean => (compare(a.block[a.at]!, b.block[b.at]!) || a.order - b.order) < 0
  const heap: Cursor[] = []
  try {
    for (const [order, run] of runs.entries()) {
      const cursor = { run, order, block: [], at: -1 }
      if (await advance(cursor)) {
        heap.push(cursor)
        rise(heap, isBefore)
      }
    }
    while (heap[0] !== undefined) {
      const [first] = heap
      yield first.block[first.at]!
      if (!await advance(first)) {
        const last = heap.pop()!
        if (heap.length === 0) return
        heap[0] = last
      }
      sink(heap, isBefore)
    }
  } finally {
    for (const run of runs) await run.return(undefined)
  }
}

async function advance (cursor: Cursor): Promise<boolean> {
  if (++cursor.at < cursor.block.length) return true
  const { value, done } = await cursor.run.next()
  if (done === true || value.length === 0) return false
  cursor.block = value
  cursor.at = 0
  return true
}

/** Puts the last of a heap into its place. */
function rise<T> (heap: T[], isBefore: (a: T, b: T) => boolean): void {
  for (let at = heap.length - 1; at > 0;) {
    const parent = (at - 1) >> 1
    if (!isBefore(heap[at]!, heap[parent]!)) return
    swap(heap, at, parent)
    at = parent
  }
}

/** Puts the first of a heap into its place. */
function sink<T> (heap: T[], isBefore: (a: T, b: T) => boolean): void {
  for (let at = 0; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    let least = at
    if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left
    if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right
    if (least === at) return
    swap(heap, at, least)
    at = least
  }
}

function swap<T> (heap: T[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!]
}
