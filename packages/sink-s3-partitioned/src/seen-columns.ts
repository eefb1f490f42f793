import { schema } from '@tributary/plugin'
import type { Schema, SinkRecord } from '@tributary/plugin'
import type { S3SinkConfig } from './config.ts'
import { DistinctSchemas } from './distinct-schemas.ts'
import { declaredSchema, formatName } from './formats.ts'
import { unionOf } from './hive-type-union.ts'
import { columnsOf } from './hive-types.ts'
import type { Column, HiveTypeOptions } from './hive-types.ts'
import { parseExact, SchemaInference } from './infer-schema.ts'

/** Fields of records without a schema that may become columns or members of them; maps that have users for keys would have no end. */
const maxFields = 2_000

interface Seen {
  columns: readonly Column[]
  /** Of the last record. */
  schema: Schema | null
  readonly merged: WeakSet<Schema>
  readonly distinct: DistinctSchemas
  readonly inference: SchemaInference
  /** {@link SchemaInference.changes} that are part of `columns`. */
  inferred: number
}

/** The columns that the records of each topic have, as far as a task has seen them. It is shown every record, so those that say nothing new cost little. */
export class SeenColumns {
  readonly #format: ReturnType<typeof formatName>
  readonly #declared: readonly Column[] | null
  readonly #types: HiveTypeOptions
  readonly #warn: (sentence: string) => void
  readonly #topics = new Map<string, Seen>()

  /** `warn` may be told a sentence many times. */
  constructor (config: S3SinkConfig, warn: (sentence: string) => void) {
    this.#format = formatName(config)
    this.#warn = warn
    const isText = this.#format === 'json' || this.#format === 'bytes'
    this.#types = {
      json: isText ? config['json.decimal.format'] : null,
      leftOut: path => { warn(`The field ${path} is in the objects, but no column of the table: Hive takes no such name, or the table has it in other letters. Rename it with a transform, such as ReplaceField, or Flatten with delimiter=_.`) },
      recased: path => {
        if (this.#format === 'avro') warn(`The field ${path} is a column in small letters, as catalogs have all names, and Hive and Spark find it so in no Avro object. Rename it with a transform, such as ReplaceField, or store Parquet.`)
      }
    }
    const declared = declaredSchema(config)
    this.#declared = declared === null ? null : columnsOf(declared, this.#types)
  }

  /** `isFirst`: of its file. Of texts only those are parsed. */
  see ({ topic, value, valueSchema }: SinkRecord, isFirst: boolean): void {
    if (this.#declared !== null) return
    const seen = this.#topics.get(topic) ?? this.#begin(topic)
    if (this.#format === 'bytes') {
      if (isFirst) addObject(seen.inference, parsed(value))
    } else if (valueSchema === null || (this.#format === 'json' && valueSchema.type !== 'struct')) addObject(seen.inference, value)
    else if (valueSchema !== seen.schema) this.#seeSchema(seen, valueSchema)
  }

  /** The columns of a topic; empty where no record has shown any. */
  of (topic: string): readonly Column[] {
    if (this.#declared !== null) return this.#declared
    const seen = this.#topics.get(topic)
    if (seen === undefined) return []
    const { inference } = seen
    if (inference.changes !== seen.inferred) {
      seen.inferred = inference.changes
      const struct = inference.schema({ known: true })
      if (struct !== null) this.#merge(seen, struct)
      if (inference.isFull) this.#warn(`Records of ${topic} have more than ${maxFields} fields; the table gets no more. Where fields are named by data, such as ids of users, make them a list of pairs or a text with a transform.`)
    }
    return seen.columns
  }

  #begin (topic: string): Seen {
    const seen: Seen = { columns: [], schema: null, merged: new WeakSet(), distinct: new DistinctSchemas(), inference: new SchemaInference({ maxFields }), inferred: 0 }
    this.#topics.set(topic, seen)
    return seen
  }

  #seeSchema (seen: Seen, given: Schema): void {
    seen.schema = given
    const same = seen.distinct.same(given)
    if (seen.merged.has(same)) return
    seen.merged.add(same)
    // As rows of Avro and Parquet have it.
    this.#merge(seen, same.type === 'struct' ? same : schema.struct([['value', same]]))
  }

  #merge (seen: Seen, struct: Schema): void {
    const { columns, conflicts } = unionOf(seen.columns, columnsOf(struct, this.#types))
    seen.columns = columns
    for (const conflict of conflicts) this.#warn(conflict)
  }
}

function addObject (inference: SchemaInference, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) inference.add(value)
}

/** What bytes or text hold, if it is JSON; else null, which says nothing of columns. */
function parsed (value: unknown): unknown {
  if (!(value instanceof Uint8Array) && typeof value !== 'string') return null
  try {
    return parseExact(typeof value === 'string' ? value : Buffer.from(value).toString())
  } catch {
    return null
  }
}
