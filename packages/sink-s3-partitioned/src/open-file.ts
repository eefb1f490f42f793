import { ByteBuffer } from './byte-buffer.ts'
import type { MemoryPool } from './memory.ts'
import type { Offset } from './offset.ts'
import type { RotationRules } from './rotation.ts'
import type { Spill } from './spill.ts'

/** What a file holds: records as they came through, records that were refused, or bytes as the feed delivered them. */
export type FileContent = 'records' | 'errors' | 'raw'

/** What an object will hold, while records are added: those of one directory, in the order of their offsets. */
export class OpenFile {
  /** Topic of the records, after transforms. */
  readonly topic: string
  readonly content: FileContent
  /** Path between topic and file name, such as `ot=2019111215`; may be empty. */
  readonly directory: string
  readonly first: Offset
  last: Offset
  records = 0
  readonly values: ByteBuffer
  /** Companion files; null unless keys or headers are stored. */
  readonly keys: ByteBuffer | null
  readonly headers: ByteBuffer | null
  /** When it is complete. */
  readonly rules: RotationRules
  /** Schemas that all records share, for formats that need one. */
  readonly shape: unknown
  readonly keysShape: unknown
  readonly headersShape: unknown
  /** Event time of the first record, in milliseconds since 1970; null where records have none. */
  readonly firstTimeMs: number | null
  /** Wall clock, in milliseconds. */
  readonly openedMs: number
  touchedMs: number
  /** Latest event time of the partition when the file ended, for late data. */
  watermark: number | null = null

  constructor (options: {
    topic: string, content: FileContent, directory: string, first: Offset, rules: RotationRules, shape: unknown, keysShape: unknown, headersShape: unknown, firstTimeMs: number | null, nowMs: number, pool: MemoryPool, withKeys: boolean, withHeaders: boolean
  }) {
    this.topic = options.topic
    this.content = options.content
    this.directory = options.directory
    this.first = options.first
    this.last = options.first
    this.rules = options.rules
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

const groupSigns = { records: '', errors: '!', raw: '?' } as const

/** Names the directories of one topic apart from those of its refused records and its raw copy: no topic has a name with these signs. */
export function groupOf (topic: string, content: FileContent): string { return groupSigns[content] + topic }

/** Names a directory of a writer: two topics may share a directory name. */
export function directoryKey (group: string, directory: string): string { return `${group}/${directory}` }
