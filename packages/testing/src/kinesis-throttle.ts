import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What to do to one request: `refuse` answers 500 unseen; `cut` closes the connection unseen; `cut after` and `hang after` do so when Kinesis has accepted it; `expire` answers that the iterator has expired, `deny` that access is denied. */
export type KinesisFault = 'refuse' | 'cut' | 'cut after' | 'hang after' | 'expire' | 'deny'

/** Faults that are answers of Kinesis' own. */
const refusals: Partial<Record<KinesisFault, { status: number, type: string }>> = {
  refuse: { status: 500, type: 'InternalFailure' },
  expire: { status: 400, type: 'ExpiredIteratorException' },
  deny: { status: 400, type: 'AccessDeniedException' }
}

/** A proxy in front of a local Kinesis that has the limits and faults which local ones lack. HTTP/1.1 only. */
export interface KinesisThrottle {
  readonly endpoint: string
  /** What happened so far. Entries are those of PutRecords. */
  readonly counts: { requests: number, accepted: number, throttled: number, reads: number, throttledReads: number, faults: number }
  /** Faults for the next requests of an operation, in turn; `null` lets one pass. */
  fault (operation: string, ...faults: (KinesisFault | null)[]): void
  close (): Promise<void>
}

interface Entry { PartitionKey: string, ExplicitHashKey?: string }
interface PutRecords { StreamName: string, Records: Entry[] }
interface Result { ErrorCode?: string, ErrorMessage?: string }

/** A bucket that fills at a rate, up to one second's worth. */
class TokenBucket {
  readonly #rate: number
  #tokens: number
  #at = performance.now()

  constructor (rate: number) {
    this.#rate = rate
    this.#tokens = rate
  }

  take (): boolean {
    const now = performance.now()
    this.#tokens = Math.min(this.#rate, this.#tokens + (now - this.#at) / 1000 * this.#rate)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

function hashKeyOf ({ PartitionKey, ExplicitHashKey }: Entry): bigint {
  return ExplicitHashKey === undefined ? BigInt(`0x${createHash('md5').update(PartitionKey).digest('hex')}`) : BigInt(ExplicitHashKey)
}

/** Starts the proxy. Rates are per second and shard; Infinity: no limit. A shard's range is asked for once a stream. */
export async function startKinesisThrottle (options: { target: string, recordsPerSecond?: number, readsPerSecond?: number }): Promise<KinesisThrottle> {
  const { target, recordsPerSecond = Infinity, readsPerSecond = Infinity } = options
  const counts = { requests: 0, accepted: 0, throttled: 0, reads: 0, throttledReads: 0, faults: 0 }
  const faults = new Map<string, (KinesisFault | null)[]>()
  const buckets = new Map<string, TokenBucket>()
  const shards = new Map<string, Promise<{ id: string, start: bigint, end: bigint }[]>>()
  const iterators = new Map<string, string>()

  const bucket = (name: string, rate: number): TokenBucket => {
    const known = buckets.get(name) ?? new TokenBucket(rate)
    buckets.set(name, known)
    return known
  }

  const call = async (operation: string, body: string): Promise<{ status: number, text: string }> => {
    const answer = await fetch(target, { method: 'POST', body, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Kinesis_20131202.${operation}`, authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0' } })
    return { status: answer.status, text: await answer.text() }
  }

  const shardsOf = (stream: string): Promise<{ id: string, start: bigint, end: bigint }[]> => {
    const known = shards.get(stream) ?? call('ListShards', JSON.stringify({ StreamName: stream })).then(({ text }) => {
      const { Shards } = JSON.parse(text) as { Shards: { ShardId: string, HashKeyRange: { StartingHashKey: string, EndingHashKey: string } }[] }
      return Shards.map(shard => ({ id: shard.ShardId, start: BigInt(shard.HashKeyRange.StartingHashKey), end: BigInt(shard.HashKeyRange.EndingHashKey) }))
    })
    shards.set(stream, known)
    return known
  }

  const putRecords = async (body: PutRecords): Promise<{ status: number, text: string }> => {
    const ranges = await shardsOf(body.StreamName)
    const results: Result[] = []
    const open: number[] = []
    for (const [i, entry] of body.Records.entries()) {
      const key = hashKeyOf(entry)
      const shard = ranges.find(({ start, end }) => key >= start && key <= end)?.id ?? ''
      if (bucket(`${body.StreamName}/${shard}`, recordsPerSecond).take()) open.push(i)
      else results[i] = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: `Rate exceeded for shard ${shard} in stream ${body.StreamName}.` }
    }
    counts.throttled += body.Records.length - open.length
    counts.accepted += open.length
    if (open.length > 0) {
      const answer = await call('PutRecords', JSON.stringify({ ...body, Records: open.map(i => body.Records[i]) }))
      if (answer.status !== 200) return answer
      const accepted = (JSON.parse(answer.text) as { Records: Result[] }).Records
      for (const [at, i] of open.entries()) results[i] = accepted[at] ?? {}
    }
    return { status: 200, text: JSON.stringify({ FailedRecordCount: body.Records.length - open.length, Records: results }) }
  }

  const forward = async (operation: string, text: string): Promise<{ status: number, text: string }> => {
    if (operation === 'PutRecords' && recordsPerSecond !== Infinity) return putRecords(JSON.parse(text) as PutRecords)
    if (operation === 'GetRecords') {
      counts.reads++
      const shard = iterators.get((JSON.parse(text) as { ShardIterator: string }).ShardIterator)
      if (shard !== undefined && readsPerSecond !== Infinity && !bucket(`read/${shard}`, readsPerSecond).take()) {
        counts.throttledReads++
        return { status: 400, text: JSON.stringify({ __type: 'ProvisionedThroughputExceededException', message: 'Rate exceeded.' }) }
      }
      const answer = await call(operation, text)
      const next = answer.status === 200 ? (JSON.parse(answer.text) as { NextShardIterator?: string }).NextShardIterator : undefined
      if (next !== undefined && shard !== undefined) iterators.set(next, shard)
      return answer
    }
    const answer = await call(operation, text)
    if (operation === 'GetShardIterator' && answer.status === 200) {
      const { StreamName, ShardId } = JSON.parse(text) as { StreamName: string, ShardId: string }
      iterators.set((JSON.parse(answer.text) as { ShardIterator: string }).ShardIterator, `${StreamName}/${ShardId}`)
    }
    return answer
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    const fault = faults.get(operation)?.shift() ?? null
    counts.requests++
    if (fault !== null) counts.faults++
    if (fault === 'cut') {
      request.socket.destroy()
      return
    }
    const refusal = fault === null ? undefined : refusals[fault]
    const answer = refusal !== undefined ? { status: refusal.status, text: JSON.stringify({ __type: refusal.type, message: 'Said by the proxy.' }) } : await forward(operation, Buffer.concat(chunks).toString())
    if (fault === 'hang after') return
    if (fault === 'cut after') request.socket.destroy()
    else response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.text)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => { response.writeHead(502).end(String(error)) })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    fault (operation, ...more) { faults.set(operation, [...faults.get(operation) ?? [], ...more]) },
    async close () {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}
