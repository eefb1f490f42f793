import { sinkRecord } from '@tributary/plugin'
import type { Position } from '@tributary/plugin'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { s3PartitionedSink } from '../src/sink.ts'
import { parsedConfig } from './helpers.ts'

/**
 * Runs a task as a worker would, on records that are the same each time; for tests that kill it. Arguments: the connector's configuration as
 * JSON, partitions, records of each, directories, and the factor of offsets. With `raw.copy` every fifth record does not come through, as if a
 * transform had dropped it. Prints `open` when it owns its partitions, `done` when all is committed.
 */
const [rawText = '{}', partitionCount = '1', recordCount = '0', directoryCount = '1', step = '1'] = process.argv.slice(2)
const raw = JSON.parse(rawText) as Record<string, string>
const count = Number(recordCount)
const factor = BigInt(step)
const offsetOf = (index: number): number | bigint => factor === 1n ? index : 49_000_000_000_000_000_000_000_000_000n + BigInt(index) * factor
const indexOf = (offset: number | bigint): number => {
  if (factor === 1n) return Number(offset)
  const far = BigInt(offset) - 49_000_000_000_000_000_000_000_000_000n
  return Number((far + factor - 1n) / factor)
}

function directoryOf (partition: number, index: number): string {
  const random = createHash('md5').update(`${partition}/${index}`).digest().readUInt32BE(0)
  // Some directories are hot, most are cold, as event times are.
  return `ot=${random % 3 === 0 ? random % 2 : random % Number(directoryCount)}/`
}

const partitions = Array.from({ length: Number(partitionCount) }, (_, partition) => ({ topic: 'orders', partition }))
const next = new Map(partitions.map(({ partition }) => [partition, 0]))
const giveUp = new AbortController()
const silent = (): void => {}
const task = await s3PartitionedSink.start({
  task: { connector: raw.name ?? 'sink', task: 0 },
  config: parsedConfig(raw),
  raw,
  giveUp: giveUp.signal,
  log: { error: console.error, warn: (fields, sentence) => { if (process.env.VERBOSE) console.error(sentence, fields) }, info: silent, debug: silent },
  assignment: () => partitions,
  pause: silent,
  resume: silent,
  seek (positions) { for (const { partition, offset } of positions) next.set(partition, indexOf(offset)) },
  requestCommit: silent,
  timeout: silent,
  report: async (_record, error) => { throw error },
  counter: () => ({ add () {} })
})
await task.open?.(partitions)
process.stdout.write('open\n')

let committed: readonly Position[] = []
for (let round = 0; ; round++) {
  const records = partitions.flatMap(({ topic, partition }) => {
    const from = next.get(partition) ?? 0
    const to = Math.min(count, from + 97)
    next.set(partition, to)
    return Array.from({ length: to - from }, (_, i) => sinkRecord({
      topic, partition, offset: offsetOf(from + i), timestamp: Date.now(), value: { id: `${partition}/${from + i}` },
      headers: [{ key: 'tributary.partition', schema: null, value: directoryOf(partition, from + i) }]
    }))
  })
  if (raw['raw.copy'] === 'true' && records.length > 0) {
    task.putRaw?.(Array.from(Map.groupBy(records, ({ partition }) => partition), ([partition, of]) => ({
      topic: 'orders', partition, next: of.at(-1)!.offset, lag: null,
      records: of.map(({ offset }) => ({ offset, key: null, value: Buffer.from(`{"id":"${partition}/${indexOf(offset)}"}\n`), timestamp: 1_573_573_055_000 + indexOf(offset) * 1000, timestampType: 'CreateTime' as const, headers: [] }))
    })))
    // Time for a commit to come between the two.
    await sleep(1)
    await task.put(records.filter(({ offset }) => indexOf(offset) % 5 !== 0))
  } else await task.put(records)
  if (round % 10 === 0 || records.length === 0) committed = await task.preCommit?.(partitions.map(at => ({ ...at, offset: offsetOf(next.get(at.partition) ?? 0) }))) ?? []
  if (records.length === 0 && committed.length === partitions.length && committed.every(({ offset }) => indexOf(offset) >= count)) break
  if (records.length === 0) await sleep(5)
  else await sleep(1)
}
process.stdout.write('done\n')
giveUp.abort()
await task.close?.(partitions, 'revoked')
await task.stop?.()
