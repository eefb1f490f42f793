import { ByteReader, ByteWriter } from './bytes.ts'
import { encoderOf } from './kafkajs-parts.ts'
import type { Link } from './link.ts'

/** One batch for one partition. */
export interface ProducePart { readonly topic: string, readonly partition: number, readonly batch: Buffer }

export interface ProduceResult { readonly topic: string, readonly partition: number, readonly errorCode: number, readonly baseOffset: number }

interface ProduceAnswer { readonly results: readonly ProduceResult[], readonly clientSideThrottleTime: number }

/** Sends batches, one a partition, as Produce version 7 (Kafka 2.1, the first with zstd). With `acks` 0 there is no answer and no result. */
export async function produce (link: Link, parts: readonly ProducePart[], options: { acks: number, timeoutMs: number, transactionalId: string | null }): Promise<readonly ProduceResult[]> {
  const answer = await link.send({
    request: { apiKey: 0, apiVersion: 7, apiName: 'Produce', expectResponse: () => options.acks !== 0, encode: () => encoderOf(encode(parts, options)) },
    response: { decode, parse: decoded => decoded }
  }) as ProduceAnswer | undefined
  return answer?.results ?? []
}

function encode (parts: readonly ProducePart[], { acks, timeoutMs, transactionalId }: { acks: number, timeoutMs: number, transactionalId: string | null }): Buffer {
  const writer = new ByteWriter(parts.reduce((size, { topic, batch }) => size + batch.length + 3 * topic.length + 16, 64 + 3 * (transactionalId?.length ?? 0)))
  const topics = Map.groupBy(parts, ({ topic }) => topic)
  writer.string(transactionalId).int16(acks).int32(timeoutMs).int32(topics.size)
  for (const [topic, list] of topics) {
    writer.string(topic).int32(list.length)
    for (const { partition, batch } of list) writer.int32(partition).bytes(batch)
  }
  return writer.done()
}

function decode (payload: Buffer): ProduceAnswer {
  const reader = new ByteReader(payload)
  const results: ProduceResult[] = []
  reader.array(() => {
    const topic = reader.string() ?? ''
    reader.array(() => {
      results.push({ topic, partition: reader.int32(), errorCode: reader.int16(), baseOffset: reader.int64() })
      reader.int64() // log append time
      reader.int64() // log start offset
    })
  })
  return { results, clientSideThrottleTime: reader.int32() }
}
