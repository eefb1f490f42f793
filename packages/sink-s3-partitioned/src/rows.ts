import { ConnectError, dataError, project, schema } from '@tributary/plugin'
import type { Log, Schema, SinkRecord } from '@tributary/plugin'
import type { ByteBuffer } from './byte-buffer.ts'
import { DistinctSchemas } from './distinct-schemas.ts'
import { fitsInto } from './schema-compatibility.ts'
import type { Compatibility } from './schema-compatibility.ts'
import { SchemaInference, conform, parseExact } from './infer-schema.ts'
import { LeftOutFields } from './left-out-fields.ts'
import { jsonText } from './json-line.ts'
import type { RecordPart } from './text-formats.ts'
import { RowReader, RowWriter, rowCodec } from './row-codec.ts'
import type { PrecisionOf, RowCodec } from './row-codec.ts'

/** Rows that have no schema yet: JSON lines, whose schema is inferred when the file is complete. */
export const inferred: unique symbol = Symbol('inferred')

const headersSchema = schema.struct([['headers', schema.array(schema.struct([['key', schema.of('string')], ['value', schema.of('string', { optional: true })]]))]])

/** What a format cannot hold of what schemas may say. */
export interface RowLimits {
  readonly precisionOf: PrecisionOf
  /** Throws `data` for a schema that no file can have. Asked once for each. */
  requireStorable (schema: Schema): void
}

export interface RowsOptions {
  readonly part: RecordPart
  /** The schema of `value.schema`, which comes before that of the records. */
  readonly declared: Schema | null
  readonly compatibility: Compatibility
  readonly log: Log
}

/** Rows of a format with a schema: how they stand in buffers, and how they are read for the file. */
export class Rows {
  readonly #part: RecordPart
  readonly #declared: Schema | null
  readonly #compatibility: Compatibility
  readonly #limits: RowLimits | null
  readonly #leftOut: LeftOutFields | null
  readonly #codecs = new WeakMap<Schema, RowCodec>()
  readonly #wrapped = new WeakMap<Schema, Schema>()
  readonly #distinct = new DistinctSchemas()
  readonly #scratch = new RowWriter()
  readonly #length = Buffer.alloc(4)

  constructor ({ part, declared, compatibility, log }: RowsOptions, limits: RowLimits | null = null) {
    this.#limits = limits
    this.#compatibility = compatibility
    this.#part = part
    this.#declared = declared
    this.#leftOut = declared === null ? null : new LeftOutFields(declared, log)
  }

  /** The schema of a record's rows, or {@link inferred}. */
  shapeOf (record: SinkRecord): Schema | typeof inferred {
    if (this.#part === 'headers') return headersSchema
    const own = this.#part === 'value' ? record.valueSchema : record.keySchema
    const from = this.#declared ?? own
    if (from !== null) return this.#structOf(from)
    const value = record[this.#part]
    if (this.#part === 'value' && (typeof value !== 'object' || value instanceof Uint8Array || Array.isArray(value))) {
      throw dataError('A record without a schema must be a map to become a row. Use a converter that reads objects, such as JsonConverter.')
    }
    return inferred
  }

  /** Whether rows of a schema can be projected to another. */
  adapts (from: unknown, to: unknown): boolean {
    return from !== inferred && to !== inferred && fitsInto(from as Schema, to as Schema, this.#compatibility)
  }

  append (record: SinkRecord, buffer: ByteBuffer, shape: unknown): void {
    const value = this.#part === 'headers' ? { headers: record.headers.map(header => ({ key: header.key, value: headerText(header.value, header.schema) })) } : record[this.#part]
    const from = this.#declared ?? (this.#part === 'value' ? record.valueSchema : this.#part === 'key' ? record.keySchema : null)
    if (shape === inferred) {
      // One append: a row must not be torn apart between two chunks.
      buffer.appendText(`${jsonText(null, this.#part === 'key' ? { key: value } : value, 'NUMERIC')}\n`)
      return
    }
    const to = shape as Schema
    // A tombstone is a row of nulls.
    const row = from !== null && from.type !== 'struct' ? { [this.#part]: value } : value ?? {}
    const own = from === null || this.#compatibility === 'NONE' ? to : this.#structOf(from)
    this.#scratch.reset()
    try {
      this.#codec(to).write(this.#scratch, own === to ? row : project(own, row, to))
    } catch (error) {
      if (value !== null || !(error instanceof ConnectError)) throw error
      throw dataError(`A record without a value becomes a row of nulls, which its schema does not allow: ${error.message} Make the field optional, in value.schema if that is set, or give behavior.on.null.values=ignore.`, { cause: error })
    }
    this.#leftOut?.see(value)
    const bytes = this.#scratch.row
    this.#length.writeUInt32LE(bytes.length)
    buffer.appendRow(this.#length, bytes)
  }

  /** Schema and rows of a complete file: in Avro's binary form, or as values with about the bytes of each. `chunks` gives them from the beginning each time. */
  open (chunks: () => Iterable<Buffer>, shape: unknown): { schema: Schema, rows: () => Iterable<Buffer>, values: () => Iterable<{ value: unknown, bytes: number }> } {
    if (shape !== inferred) {
      const codec = this.#codec(shape as Schema)
      return {
        schema: shape as Schema,
        rows: () => framed(chunks()),
        * values () { for (const row of framed(chunks())) yield { value: codec.read(new RowReader(row)), bytes: row.length } }
      }
    }
    const inference = new SchemaInference()
    for (const { value } of lines(chunks())) inference.add(value)
    const from = inference.schema() ?? schema.struct([['value', schema.of('string', { optional: true })]], { optional: true })
    const whole = schema.with(from, { optional: false })
    const codec = rowCodec(whole)
    const writer = new RowWriter()
    return {
      schema: whole,
      * rows () {
        for (const { value } of lines(chunks())) {
          writer.reset()
          codec.write(writer, conformRow(whole, value))
          yield writer.row
        }
      },
      * values () { for (const { value, bytes } of lines(chunks())) yield { value: conformRow(whole, value), bytes } }
    }
  }

  /** A file's schema must be a struct; anything else becomes its only field. */
  #structOf (from: Schema): Schema {
    let struct = this.#wrapped.get(from)
    if (struct === undefined) {
      // An equal schema is no reason to end a file.
      struct = this.#distinct.same(from.type === 'struct' ? from.optional ? schema.with(from, { optional: false }) : from : schema.struct([[this.#part, from]]))
      this.#limits?.requireStorable(struct)
      this.#wrapped.set(from, struct)
    }
    return struct
  }

  #codec (of: Schema): RowCodec {
    let codec = this.#codecs.get(of)
    if (codec === undefined) this.#codecs.set(of, codec = rowCodec(of, 'value', this.#limits?.precisionOf))
    return codec
  }
}

/** A tombstone is a row of nulls. */
function conformRow (to: Schema, value: unknown): unknown { return conform(to, value ?? {}) }

function headerText (value: unknown, of: Schema | null): string | null {
  if (value === null || typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : jsonText(of, value, 'NUMERIC')
}

function * framed (chunks: Iterable<Buffer>): Generator<Buffer> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const length = chunk.readUInt32LE(at)
      yield chunk.subarray(at + 4, at + 4 + length)
      at += 4 + length
    }
  }
}

function * lines (chunks: Iterable<Buffer>): Generator<{ value: unknown, bytes: number }> {
  for (const chunk of chunks) for (const line of chunk.toString('utf8').split('\n')) if (line !== '') yield { value: parseExact(line), bytes: line.length }
}
