import type { AbortedTransaction } from './batch-reader.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { encoderOf } from './kafkajs-parts.ts'
import type { Link } from './link.ts'
import type { FetchSettings } from './settings.ts'

export interface FetchPart { readonly topic: string, readonly partition: number, readonly offset: number }

export interface FetchedPart {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Whole record batches, the last of them perhaps cut off. A view of the answer. */
  readonly records: Buffer
}

interface FetchAnswer { readonly errorCode: number, readonly parts: readonly FetchedPart[], readonly clientSideThrottleTime: number }

const nothing = Buffer.alloc(0)
/** How much longer than its own waiting a broker may take for an answer. */
const graceMs = 30_000

/** Reads from the leader of some partitions, as Fetch version 11 (Kafka 2.3) without a session; waits up to `maxWaitMs` for the first bytes. */
export async function fetchRecords (link: Link, parts: readonly FetchPart[], settings: FetchSettings, maxWaitMs: number): Promise<FetchAnswer> {
  return await link.send({
    request: { apiKey: 1, apiVersion: 11, apiName: 'Fetch', encode: () => encoderOf(encode(parts, settings, maxWaitMs)) },
    response: { decode, parse: decoded => decoded }
  }, maxWaitMs + graceMs) as FetchAnswer
}

function encode (parts: readonly FetchPart[], { minBytes, maxBytes, maxPartitionBytes, readCommitted }: FetchSettings, maxWaitMs: number): Buffer {
  const writer = new ByteWriter(64 + parts.length * 48)
  writer.int32(-1).int32(maxWaitMs).int32(minBytes).int32(maxBytes).int8(readCommitted ? 1 : 0).int32(0).int32(-1)
  const topics = Map.groupBy(parts, ({ topic }) => topic)
  writer.int32(topics.size)
  for (const [topic, list] of topics) {
    writer.string(topic).int32(list.length)
    for (const { partition, offset } of list) writer.int32(partition).int32(-1).int64(offset).int64(-1).int32(maxPartitionBytes)
  }
  return writer.int32(0).string('').done()
}

function decode (payload: Buffer): FetchAnswer {
  const reader = new ByteReader(payload)
  const clientSideThrottleTime = reader.int32()
  const errorCode = reader.int16()
  reader.int32() // session id
  const parts: FetchedPart[] = []
  reader.array(() => {
    const topic = reader.string() ?? ''
    reader.array(() => {
      const partition = reader.int32()
      const code = reader.int16()
      const highWatermark = reader.int64()
      const lastStableOffset = reader.int64()
      reader.int64() // log start offset
      const aborted = reader.array(r => ({ producerId: r.int64Big(), firstOffset: r.int64() }))
      reader.int32() // preferred read replica
      parts.push({ topic, partition, errorCode: code, highWatermark, lastStableOffset, aborted, records: reader.bytes() ?? nothing })
    })
  })
  return { errorCode, parts, clientSideThrottleTime }
}
