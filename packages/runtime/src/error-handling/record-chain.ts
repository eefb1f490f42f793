import type { ConnectRecord } from '@tributary/plugin'
import type { TransformChain } from '../transform-chain.ts'
import type { ErrorHandler, FailedRecord } from './error-handler.ts'

interface Refused { readonly index: number, readonly className: string, readonly error: unknown }

/** Records after the transforms, at their old places; null where one was dropped or failed and is done with. */
export interface Transformed<R> {
  readonly records: readonly (R | null)[]
  /** A failure that is not tolerated, with the place of its record; those before it are good. */
  readonly failure: { readonly index: number, readonly error: unknown } | null
}

/** Applies a chain to a batch, following the connector's rules on errors. `describe` names the record of an index. */
export async function transformBatch<R extends ConnectRecord> (chain: TransformChain, batch: readonly R[], errors: ErrorHandler, describe: (index: number) => FailedRecord): Promise<Transformed<R>> {
  if (chain.isEmpty) return { records: batch, failure: null }
  const refused: Refused[] = []
  const records = chain.apply(batch, (index, className, error) => { refused.push({ index, className, error }) })
  if (refused.length === 0) return { records, failure: null }
  const mended = [...records]
  for (let { index, className, error } of refused) {
    try {
      while (await errors.failed(error, { stage: 'TRANSFORMATION', className }, describe(index)) === 'again') {
        const failures: Refused[] = []
        const [record = null] = chain.apply([batch[index]!], (_index, name, again) => { failures.push({ index, className: name, error: again }) })
        mended[index] = record
        if (failures.length === 0) break
        ;({ className, error } = failures[0]!)
      }
      errors.recovered()
    } catch (failure) {
      return { records: mended, failure: { index, error: failure } }
    }
  }
  return { records: mended, failure: null }
}
