import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { ConnectError } from '@tributary/plugin'
import { compress, compressOnce, type Codec } from '@tributary/sink-s3-partitioned/compression'
import { codecOf, decompress } from '@tributary/sink-s3-partitioned/decompression'
import type { DeclaredSchema } from './declared-schema.ts'
import type { Inputs } from './inputs.ts'
import { urlText, type S3Url } from './s3-url.ts'

/** What went through: equal tallies mean equal content. */
export interface Tally { readonly lines: number, readonly bytes: number, readonly sha256: string }

const lineFeed = 10
const newline = Buffer.from('\n')
/** Formats with an index at the end or a header: their bytes cannot be put one after another. */
const indexed = /\.(parquet|orc|avro|bz2|lzo|lzop|zip|lz4)$/i

class Counter {
  readonly #hash = createHash('sha256')
  #lines = 0
  #blankLines = 0
  #bytes = 0
  last = lineFeed

  add (chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#hash.update(chunk)
    this.#bytes += chunk.length
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) {
      this.#lines++
      if ((at === 0 ? this.last : chunk[at - 1]) === lineFeed) this.#blankLines++
    }
    this.last = chunk.at(-1)!
  }

  /** Lines with something in them. */
  get fullLines (): number { return this.#lines - this.#blankLines }

  get tally (): Tally { return { lines: this.#lines, bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') } }
}

/** How inputs become an output. */
export interface JoinRule {
  /** Codec of the output; null: the bytes of the inputs as they are. */
  readonly codec: Codec | null
  /** One object, copied byte by byte. */
  readonly verbatim: boolean
  /** JSON lines become rows. */
  readonly parquet?: boolean
  /** Its columns, where they are known; else all lines are read first to find them. */
  readonly schema?: DeclaredSchema
  /** The column that rows are sorted by. */
  readonly sortBy?: string
  /** MiB of JSON in a row group of Parquet. */
  readonly rowGroupSize?: number
}

/** The codec that the content of an output is compressed with. */
export function contentCodec (inputs: readonly S3Url[], rule: JoinRule): Codec {
  return rule.verbatim ? 'none' : codecOfRule(inputs, rule) ?? codecOf(inputs[0]!.key)
}

/** The codec to compress with anew, or null. A line feed cannot stand between frames of zstd without one of its own, which not every reader takes. */
function codecOfRule (inputs: readonly S3Url[], { codec }: JoinRule): Codec | null {
  return codec ?? (inputs.some(({ key }) => codecOf(key) === 'zstd') ? 'zstd' : null)
}

/** Why these objects cannot be joined, or null. */
export function joinProblem (inputs: readonly S3Url[], rule: JoinRule): string | null {
  const odd = inputs.find(({ key }) => indexed.test(key))
  if (odd !== undefined && !rule.verbatim) return `${urlText(odd)} is in a format that cannot be joined or recoded byte by byte: leave it out with --srcPattern or --groupBy.`
  const codecs = new Set(inputs.map(({ key }) => codecOf(key)))
  if (rule.codec === null && codecs.size > 1) return `One output would hold files of ${[...codecs].join(' and ')}: give --outputCodec=gzip, zstd or none.`
  return null
}

/** Bytes of an output made of inputs, each line of which ends in a line feed. `done` gets what went in, once all is read. */
export async function * join<I extends S3Url> (inputs: Inputs<I>, rule: JoinRule, done: (tally: Tally) => void): AsyncGenerator<Buffer> {
  const counter = new Counter()
  if (rule.verbatim) {
    yield * counted(inputs.read(inputs.list[0]!), counter)
  } else {
    const codec = codecOfRule(inputs.list, rule)
    if (codec === null) yield * asTheyAre(inputs, counter)
    else yield * compress(codec, -1, plain(inputs, counter))
  }
  done(counter.tally)
}

async function * counted (bytes: AsyncIterable<Buffer>, counter: Counter): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    counter.add(chunk)
    yield chunk
  }
}

async function * plain<I extends S3Url> (inputs: Inputs<I>, counter: Counter): AsyncGenerator<Buffer> {
  for (const input of inputs.list) {
    const before = counter.fullLines
    yield * counted(unpacked(input, inputs.read(input)), counter)
    if (counter.last !== lineFeed) {
      counter.add(newline)
      yield newline
    }
    inputs.ended(input, counter.fullLines - before)
  }
}

/** The content of an input. Throws COMPACT_UNREADABLE for what is not in its codec. */
export async function * unpacked (input: S3Url, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield * decompress(bytes, codecOf(input.key))
  } catch (error) {
    throw unreadable(input, error)
  }
}

function unreadable (input: S3Url, error: unknown): ConnectError {
  if (error instanceof ConnectError && error.code !== 'CODEC') return error
  return new ConnectError('COMPACT_UNREADABLE', 'data', `${urlText(input)} is not what its name says: ${(error as Error).message.replace(/\.$/, '')}. Nothing was deleted.`, { cause: error })
}

/** Compressed bytes pass unchanged, while their content is counted beside. */
async function * asTheyAre<I extends S3Url> (inputs: Inputs<I>, counter: Counter): AsyncGenerator<Buffer> {
  for (const input of inputs.list) {
    const before = counter.fullLines
    const codec = codecOf(input.key)
    if (codec === 'none') {
      yield * counted(inputs.read(input), counter)
    } else {
      yield * countedBeside(input, inputs.read(input), codec, counter)
    }
    if (counter.last !== lineFeed) {
      counter.add(newline)
      yield await compressOnce(codec, -1, newline)
    }
    inputs.ended(input, counter.fullLines - before)
  }
}

async function * countedBeside (input: S3Url, bytes: AsyncIterable<Buffer>, codec: Codec, counter: Counter): AsyncGenerator<Buffer> {
  const feed = new PassThrough()
  const counting = (async () => { for await (const chunk of decompress(feed, codec)) counter.add(chunk) })()
  counting.catch(() => {})
  try {
    for await (const chunk of bytes) {
      // What cannot be unpacked ends the wait, too.
      if (!feed.write(chunk)) await Promise.race([once(feed, 'drain'), counting])
      yield chunk
    }
    feed.end()
    await counting
  } catch (error) {
    throw unreadable(input, error)
  } finally {
    feed.destroy()
  }
}

/** Counts the content of an output behind its first `skip` bytes. */
export async function tallyOf (bytes: AsyncIterable<Buffer>, codec: Codec, skip = 0): Promise<Tally> {
  const counter = new Counter()
  let left = skip
  for await (const chunk of decompress(bytes, codec)) {
    counter.add(chunk.subarray(left))
    left = Math.max(0, left - chunk.length)
  }
  return counter.tally
}
