import { ByteBuffer } from './byte-buffer.ts'
import type { MemoryPool } from './memory.ts'
import type { Offset } from './offset.ts'
import type { Spill } from './spill.ts'

/** What an object will hold, while records are added: those of one directory, in the order of their offsets. */
export class OpenFile {
  /** Topic of the records, after transforms. */
  readonly topic: string
  /** Whether it holds records that were refused. */
  readonly isErrors: boolean
  /** Path between topic and file name, such as `ot=2019111215`; may be empty. */
  readonly directory: string
  readonly first: Offset
  last: Offset
  records = 0
  readonly values: ByteBuffer
  /** Companion files; null unless keys or headers are stored. */
  readonly keys: ByteBuffer | null
  readonly headers: ByteBuffer | null
  /** Schemas that all records share, for formats that need one. */
  readonly shape: unknown
  readonly keysShape: unknown
  readonly headersShape: unknown
  /** Event time of the first record, in milliseconds since 1970; null where records have none. */
  readonly firstTimeMs: number | null
  /** Wall clock, in milliseconds. */
  readonly openedMs: number
  touchedMs: number

  constructor (options: {
    topic: string, isErrors: boolean, directory: string, first: Offset, shape: unknown, keysShape: unknown, headersShape: unknown, firstTimeMs: number | null, nowMs: number, pool: MemoryPool, withKeys: boolean, withHeaders: boolean
  }) {
    this.topic = options.topic
    this.isErrors = options.isErrors
    this.directory = options.directory
    this.first = options.first
    this.last = options.first
    this.shape = options.shape
    this.keysShape = options.keysShape
    this.headersShape = options.headersShape
    this.firstTimeMs = options.firstTimeMs
    this.openedMs = options.nowMs
    this.touchedMs = options.nowMs
    this.values = new ByteBuffer(options.pool)
    this.keys = options.withKeys ? new ByteBuffer(options.pool) : null
    this.headers = options.withHeaders ? new ByteBuffer(options.pool) : null
  }

  get bytes (): number { return this.values.bytes }

  get held (): number { return this.values.held + (this.keys?.held ?? 0) + (this.headers?.held ?? 0) }

  spill (spill: Spill): void {
    this.values.spill(spill)
    this.keys?.spill(spill)
    this.headers?.spill(spill)
  }

  free (spill: Spill): void {
    this.values.free(spill)
    this.keys?.free(spill)
    this.headers?.free(spill)
  }
}

/** Names the directories of one topic apart from those of its refused records: no topic has a name with an exclamation mark. */
export function groupOf (topic: string, isErrors: boolean): string { return isErrors ? `!${topic}` : topic }

/** Names a directory of a writer: two topics may share a directory name. */
export function directoryKey (group: string, directory: string): string { return `${group}/${directory}` }
