import { ConnectError } from '@tributary/plugin'
import { compress, compressOnce, codecExtensions } from './compression.ts'
import type { Codec } from './compression.ts'
import type { PlannedObject } from './commit.ts'
import { stagedBytes } from './commit.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import { errorFormat } from './error-format.ts'
import type { FileFormat } from './format.ts'
import { keyProblem, objectKey } from './object-name.ts'
import type { NameOptions } from './object-name.ts'
import type { Offset } from './offset.ts'
import type { OpenFile } from './open-file.ts'
import type { RawCopy } from './raw-copy.ts'
import type { Spill } from './spill.ts'

/** More than any file holds, in records and in offsets. */
const mostRecords = 1_000_000_000_000

/** What turns a complete file into objects. */
export interface PlanOptions {
  readonly names: NameOptions
  readonly format: FileFormat
  readonly withKeys: FileFormat | null
  readonly withHeaders: FileFormat | null
  readonly codec: Codec
  readonly level: number
  readonly spill: Spill
  /** Prefix of refused records. */
  readonly errorPrefix: string
  readonly raw: Pick<RawCopy, 'names' | 'format' | 'codec'> | null
}

/** The partition that objects are of, and the owner of its ledger. */
export interface PlanningWriter {
  readonly topic: string
  readonly partition: number
  readonly owner: string
  readonly generation: number
}

/** Decides what objects files become. */
export interface Planner {
  /** Objects of a complete file: the values, and keys and headers where they are stored. */
  plan (file: OpenFile, writer: PlanningWriter): readonly PlannedObject[]
  /** Throws `data` when S3 would refuse the objects of a directory. `first`: offset of the first record. */
  requireNameable (topic: string, directory: string, first: Offset, writer: PlanningWriter): void
}

export function createPlanner ({ names, format, withKeys, withHeaders, codec, level, spill, errorPrefix, raw }: PlanOptions): Planner {
  const whole = { names, format, codec }
  const kinds = { records: whole, errors: { names: { ...names, prefix: errorPrefix }, format: errorFormat, codec }, raw: raw === null ? whole : { ...raw, names: { ...names, ...raw.names } } }
  const extensionOf = (part: FileFormat, infix: string, used: Codec): string => infix + part.extension + codecExtensions[part.compressible ? used : 'none']
  const longestExtension = [extensionOf(format, '', codec), ...withKeys === null ? [] : [extensionOf(withKeys, '.keys', codec)], ...withHeaders === null ? [] : [extensionOf(withHeaders, '.headers', codec)]]
    .reduce((a, b) => a.length < b.length ? b : a)

  const plan = (file: OpenFile, writer: PlanningWriter): readonly PlannedObject[] => {
    const { first, last, records, directory, content } = file
    const own = kinds[content]
    const object = (buffer: ByteBuffer, part: FileFormat, infix: string, shape: unknown): PlannedObject => {
      const used = part.compressible ? own.codec : 'none'
      const extension = extensionOf(part, infix, used)
      const key = objectKey({ topic: file.topic, partition: writer.partition, directory, first, last, records, extension, sourceTopic: writer.topic, generation: writer.generation }, own.names)
      const id = `${writer.owner}:${first}-${last}${infix}`
      const metadata = {
        'tributary-id': id,
        'tributary-topic': encodeURIComponent(writer.topic),
        'tributary-partition': String(writer.partition),
        'tributary-first': String(first),
        'tributary-last': String(last),
        'tributary-records': String(records)
      }
      return {
        key, id, first, last, records, partition: infix === '' && content === 'records' ? `${file.topic}\0${directory}` : '', rawBytes: buffer.bytes,
        // Readers of tables decompress by the name; a Content-Encoding would make some clients do it a second time.
        options: { contentType: used === 'none' ? part.contentType : 'application/octet-stream', contentEncoding: null, metadata },
        content: () => contentOf(buffer, part, used, level, spill, shape)
      }
    }
    return [
      object(file.values, own.format, '', file.shape),
      ...file.keys === null || withKeys === null ? [] : [object(file.keys, withKeys, '.keys', file.keysShape)],
      ...file.headers === null || withHeaders === null ? [] : [object(file.headers, withHeaders, '.headers', file.headersShape)]
    ]
  }

  const requireNameable = (topic: string, directory: string, first: Offset, writer: PlanningWriter): void => {
    const longest = {
      topic, partition: writer.partition, directory, first, last: BigInt(first) + BigInt(mostRecords), records: mostRecords, extension: longestExtension, sourceTopic: writer.topic, generation: writer.generation
    }
    const problem = keyProblem(objectKey(longest, names))
    if (problem === null) return
    throw new ConnectError('S3_KEY', 'data', `No object can be named by the directory ${JSON.stringify(directory.length > 100 ? `${directory.slice(0, 100)}...` : directory)}: ${problem}.`)
  }

  return { plan, requireNameable }
}

function contentOf (buffer: ByteBuffer, format: FileFormat, codec: Codec, level: number, spill: Spill, shape: unknown): AsyncIterable<Buffer> | Iterable<Buffer> {
  if (format.finish !== null) return format.finish(() => buffer.read(spill), shape)
  const rows = buffer.read(spill)
  // One call for a small file: a stream costs more than the compression.
  return codec !== 'none' && buffer.bytes <= stagedBytes ? once(codec, level, rows) : compress(codec, level, rows)
}

async function * once (codec: Codec, level: number, rows: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = [...rows]
  yield await compressOnce(codec, level, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
}
