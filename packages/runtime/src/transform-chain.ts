import type { ConnectRecord, Transform } from '@tributary/plugin'
import type { StageConfig } from './config/stages.ts'

/** A transform of a connector, made from its configuration. */
interface Stage {
  readonly class: string
  readonly transform: Transform
  /** null: every record. */
  readonly predicate: ((record: ConnectRecord) => boolean) | null
  /** The answer of the predicate for records that the transform is for. */
  readonly wanted: boolean
}

/** Told about a record that a stage, or its predicate, refused. Throwing ends the batch with that error. */
export type OnStageError = (index: number, stageClass: string, error: unknown) => void

/** Makes the transforms and predicates of a connector. Throws a `config` ConnectError for what only shows when they are made. */
export function createTransformChain (configs: readonly StageConfig[]): TransformChain {
  return new TransformChain(configs.map(({ class: name, definition, config, raw, predicate, negate }) => ({
    class: name,
    transform: definition.create(config as never, raw),
    predicate: predicate === null ? null : predicate.definition.create(predicate.config as never, predicate.raw),
    wanted: !negate
  })))
}

/** The transforms of a connector, applied in order. */
export class TransformChain {
  readonly #stages: readonly Stage[]

  constructor (stages: readonly Stage[]) { this.#stages = stages }

  /** No transform at all: records pass as they are. */
  get isEmpty (): boolean { return this.#stages.length === 0 }

  /**
   * Applies all transforms to each record, record by record and synchronously. The result stands at the record's index; null where a
   * transform dropped the record, or where a stage refused it, which `onError` was told.
   */
  apply<R extends ConnectRecord> (records: readonly R[], onError: OnStageError): readonly (R | null)[] {
    const stages = this.#stages
    if (stages.length === 0) return records
    const results: (R | null)[] = []
    for (let i = 0; i < records.length; i++) {
      let record: R | null = records[i]!
      let at = 0
      try {
        for (; at < stages.length; at++) {
          const { predicate, wanted, transform } = stages[at]!
          if (predicate !== null && predicate(record) !== wanted) continue
          record = transform(record)
          if (record == null) break
        }
      } catch (error) {
        record = null
        onError(i, stages[at]!.class, error)
      }
      // A transform in plain JavaScript may return undefined.
      results.push(record ?? null)
    }
    return results
  }
}
