import { ConnectError } from '@tributary/plugin'
import { nameParts } from './names.ts'
import type { PlannedInput } from './plan.ts'
import { readAhead } from './read-ahead.ts'
import { conditionFailed, type Answer, type S3 } from './s3.ts'
import { urlText, type S3Url } from './s3-url.ts'

/** What an output is made of. */
export interface Inputs<I extends S3Url = S3Url> {
  /** In their order. */
  readonly list: readonly I[]
  /** The bytes of each, once and in order. */
  read (input: I): AsyncIterable<Buffer>
  /** To be called after its last byte with the number of its lines that are not blank. Throws a ConnectError where it should have others. */
  ended (input: I, lines: number): void
}

/** Reads inputs as they were when they were planned for, and compares them with what their sink told, if `told` is given. */
export function inputsOf (s3: S3, list: readonly PlannedInput[], told: SinkMetadata | null): Inputs<PlannedInput> {
  return {
    list,
    read: readAhead(list, input => asPlanned(s3, input, ({ metadata }) => { told?.hear(input, metadata) })),
    ended (input, lines) { told?.compare(input, lines) }
  }
}

/** Thrown when an input is not what it was when it was planned for. */
export const inputChanged = 'COMPACT_INPUT_CHANGED'

async function * asPlanned (s3: S3, input: PlannedInput, heard: (answer: Answer) => void): AsyncGenerator<Buffer> {
  try {
    yield * s3.read(input, input.etag, heard)
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== conditionFailed) throw error
    throw new ConnectError(inputChanged, 'system', `${urlText(input)} was changed since the run was planned.`, { cause: error })
  }
}

interface Range { readonly place: S3Url, readonly topicPartition: string, readonly first: bigint, readonly last: bigint, readonly records: number }

/** What sinks wrote about the inputs of a plan in their metadata. */
export class SinkMetadata {
  readonly #ranges = new Map<string, Range>()

  hear (place: S3Url, { 'tributary-topic': topic, 'tributary-partition': partition, 'tributary-first': first = '', 'tributary-last': last = '', 'tributary-records': records = '' }: Readonly<Record<string, string>>): void {
    if (topic === undefined || partition === undefined || ![first, last, records].every(text => /^\d+$/.test(text))) return
    this.#ranges.set(urlText(place), { place, topicPartition: `${topic}-${partition}`, first: BigInt(first), last: BigInt(last), records: Number(records) })
  }

  /** Throws a ConnectError if a file of JSON lines has not one for each record. */
  compare (place: S3Url, lines: number): void {
    const range = this.#ranges.get(urlText(place))
    if (range === undefined || range.records === lines || nameParts(place.key).format !== '.json') return
    throw new ConnectError('COMPACT_RECORDS', 'data', `${urlText(place)} has ${lines} lines, but its sink wrote ${range.records} records. Nothing was published or deleted. Give --ignoreMetadata if a line is not a record there.`)
  }

  /** An error on two inputs with the same offsets, or null. */
  overlap (): ConnectError | null {
    for (const ranges of Map.groupBy(this.#ranges.values(), seriesOf).values()) {
      const sorted = ranges.toSorted((a, b) => a.first < b.first ? -1 : 1)
      const at = sorted.findIndex(({ first }, i) => i > 0 && first <= sorted[i - 1]!.last)
      if (at === -1) continue
      const [a, b] = [sorted[at - 1]!, sorted[at]!]
      return new ConnectError('COMPACT_OFFSETS', 'data', `${urlText(a.place)} and ${urlText(b.place)} both hold offsets of ${a.topicPartition}: ${a.first} to ${a.last}, and ${b.first} to ${b.last}. Nothing was published or deleted. Remove what is there twice, or give --ignoreMetadata.`)
    }
    return null
  }
}

/** A sink writes an offset once in a directory and kind of files, and once more after its offsets were set back, which the name tells. */
function seriesOf ({ place: { key }, topicPartition }: Range): string {
  const { stem, companion, format } = nameParts(key)
  return JSON.stringify([topicPartition, key.slice(0, key.lastIndexOf('/')), companion, format, /[^a-z\d]g\d+$/i.exec(stem)?.[0]])
}
