import { compress, compressOnce, codecExtensions } from './compression.ts'
import type { Codec } from './compression.ts'
import type { PlannedObject } from './commit.ts'
import { stagedBytes } from './commit.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import { errorFormat } from './error-format.ts'
import type { FileFormat } from './format.ts'
import { objectKey } from './object-name.ts'
import type { NameOptions } from './object-name.ts'
import type { OpenFile } from './open-file.ts'
import type { RawCopy } from './raw-copy.ts'
import type { Spill } from './spill.ts'

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

/** Objects of a complete file: the values, and keys and headers where they are stored. */
export function planner ({ names, format, withKeys, withHeaders, codec, level, spill, errorPrefix, raw }: PlanOptions) {
  const whole = { names, format, codec }
  const kinds = { records: whole, errors: { names: { ...names, prefix: errorPrefix }, format: errorFormat, codec }, raw: raw === null ? whole : { ...raw, names: { ...names, ...raw.names } } }
  return (file: OpenFile, writer: { topic: string, partition: number, owner: string, generation: number }): readonly PlannedObject[] => {
    const { first, last, records, directory, content } = file
    const own = kinds[content]
    const object = (buffer: ByteBuffer, part: FileFormat, infix: string, shape: unknown): PlannedObject => {
      const used = part.compressible ? own.codec : 'none'
      const extension = infix + part.extension + codecExtensions[used]
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
