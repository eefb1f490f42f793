import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError, defineSource, schema, sourceRecord, t, type Log, type SourceOffset, type SourcePartition, type SourceRecord } from '@tributary/plugin'
import { LineReader, type Line } from './line-reader.ts'

const text = schema.of('string')
/** How long to wait for a file to appear, or to grow. */
const idleMs = 100
const chunkBytes = 1 << 20

const config = t.object({
  file: t.string({ description: 'Path of the file to read, which may appear later. Absent: standard input, without offsets.', default: null, importance: 'HIGH' }),
  topic: t.string({ description: 'Topic to write the lines to.', importance: 'HIGH', nonEmpty: true }),
  'batch.size': t.int({ description: 'Lines in a batch, at most.', default: 2000, importance: 'LOW' })
})

/** Lines of a file as records: Kafka's FileStreamSource. Offsets are Java's: `{"filename": ...}` and `{"position": ...}`, counted in bytes. */
export const fileStreamSource = defineSource({
  summary: 'Lines of a file, or of standard input.',
  javaTaskClass: 'org.apache.kafka.connect.file.FileStreamSourceTask',
  config,
  exactlyOnce: ({ file }) => file !== null,
  alterOffsets: (raw, offsets) => {
    if (raw.file === undefined) {
      throw refusal('Offsets cannot be modified if the \'file\' configuration is unspecified. This is because stdin is used for input and offsets are not tracked.')
    }
    for (const { partition, offset } of offsets) checkOffset(partition, offset)
    return true
  },
  async * read ({ config: { file, topic, 'batch.size': batchSize }, signal, offsets, log }) {
    const partition = { filename: file }
    const position = file === null ? 0 : positionOf((await offsets([partition]))[0] ?? null)
    const lines = new LineReader(position)
    const chunks = file === null ? standardInput(signal) : fileChunks(file, lines, { signal, log })
    for await (const chunk of chunks) {
      const read = lines.read(chunk)
      for (let from = 0; from < read.length; from += batchSize) yield records(read, from, Math.min(read.length, from + batchSize), topic, partition)
    }
  }
})

function refusal (message: string): ConnectError {
  return new ConnectError('OFFSET', 'system', message, { javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
}

function checkOffset (partition: SourcePartition | null, offset: SourceOffset | null): void {
  if (offset !== null) {
    if (!Object.hasOwn(offset, 'position')) throw refusal('Offset objects should either be null or contain the key \'position\'')
    const { position } = offset
    if (typeof position !== 'bigint' && !Number.isInteger(position)) throw refusal('The value for the \'position\' key in the offset is expected to be a Long value')
    if (Number(position) < 0) throw refusal('The value for the \'position\' key in the offset should be a non-negative value')
  }
  if (partition === null) throw refusal('Partition objects cannot be null')
  if (!Object.hasOwn(partition, 'filename')) throw refusal('Partition objects should contain the key \'filename\'')
}

function positionOf (offset: SourceOffset | null): number {
  if (offset === null) return 0
  const position = Number(offset.position)
  if (!Number.isInteger(position)) throw refusal('The stored offset has no whole number as its position.')
  return position
}

function records (lines: readonly Line[], from: number, to: number, topic: string, partition: { filename: string | null }): SourceRecord[] {
  const batch: SourceRecord[] = []
  const timestamp = Date.now()
  for (let i = from; i < to; i++) {
    const { text: value, end } = lines[i]!
    batch.push(sourceRecord({ topic, value, valueSchema: text, timestamp, sourcePartition: partition, sourceOffset: { position: end } }))
  }
  return batch
}

async function waitABit (signal: AbortSignal): Promise<void> {
  await sleep(idleMs, undefined, { signal }).catch(() => {})
}

async function * standardInput (signal: AbortSignal): AsyncGenerator<Buffer> {
  // process.stdin belongs to the main thread; a task has a thread of its own.
  const input = createReadStream('', { fd: 0, autoClose: false })
  const stop = (): void => { input.destroy() }
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of input) yield chunk as Buffer
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Bytes of a file from the reader's position on, for ever. The same buffer is used again for each. */
async function * fileChunks (path: string, lines: LineReader, { signal, log }: { signal: AbortSignal, log: Log }): AsyncGenerator<Buffer> {
  const handle = await waitForFile(path, signal, log)
  if (handle === null) return
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    while (!signal.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, lines.position)
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
      else await waitABit(signal)
    }
  } finally {
    await handle.close()
  }
}

async function waitForFile (path: string, signal: AbortSignal, log: Log): Promise<FileHandle | null> {
  let isTold = false
  while (!signal.aborted) {
    try {
      return await open(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new ConnectError('FILE', 'config', `Cannot read ${path} (file): ${(error as Error).message}`, { cause: error })
      if (!isTold) log.warn({ file: path }, `Couldn't find file ${path} for FileStreamSourceTask, sleeping to wait for it to be created`)
      isTold = true
      await waitABit(signal)
    }
  }
  return null
}
