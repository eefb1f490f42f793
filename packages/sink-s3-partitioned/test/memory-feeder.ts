import { schema, sinkRecord } from '@tributary/plugin'
import { setImmediate as turn } from 'node:timers/promises'
import { usageOf } from '../../../bench/process-usage.ts'
import { createSink, range } from './helpers.ts'

/**
 * Fills directories of a task and stores them all together when the task is closed. Arguments: the connector's configuration as JSON, partitions,
 * directories of each, megabytes of records. Prints what its memory came to, as JSON.
 */
const [rawText = '{}', partitionCount = '1', directoryCount = '1', megabytes = '1'] = process.argv.slice(2)
const raw = JSON.parse(rawText) as Record<string, string>
const partitions = range(0, Number(partitionCount)).map(partition => ({ topic: 'orders', partition }))
const directories = range(0, Number(directoryCount)).map(n => [{ key: 'tributary.partition', schema: null, value: `ot=${n}/` }])
const names = range(0, 8).map(n => `field${n}`)
const valueSchema = raw['format.class'] === 'json' ? null : schema.struct(names.map(name => [name, schema.of('string')] as const))
const batch = 500
const perRecord = names.length * 48
const rounds = Math.ceil(Number(megabytes) * 1e6 / perRecord / batch / partitions.length)

const { task } = await createSink({ teardown () {} }, raw, partitions)
const start = performance.now()
for (let round = 0; round < rounds; round++) {
  for (const { topic, partition } of partitions) {
    await task.put(range(0, batch).map(i => {
      const offset = round * batch + i
      const spread = Math.imul(offset + 1, 0x2c1b3c6d) >>> 0
      const value = Object.fromEntries(names.map((name, n) => [name, `${name} ${(spread ^ n).toString(36)} of record ${offset} in ${partition}`]))
      return sinkRecord({ topic, partition, offset, value, valueSchema, headers: directories[spread % directories.length]!, timestamp: 1_573_573_055_000 })
    }))
    await turn()
  }
}
const filledMb = usageOf(process.pid)?.peakMb
await task.close?.(partitions, 'revoked')
console.log(JSON.stringify({ filledMb, peakMb: usageOf(process.pid)?.peakMb, seconds: (performance.now() - start) / 1000, records: rounds * batch * partitions.length }))
process.exit(0)
