import { parseArgs } from 'node:util'
import { startOwnAws } from '@tributary/testing'
import { createBucket } from './helpers.ts'
import { allAtOnce, measureMemory } from './memory-load.ts'

// npm run check:s3-memory -- [--megabytes 300] [--bound 200]

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '300' }, bound: { type: 'string', default: '200' } } })
await using cleanUp = new AsyncDisposableStack()
const aws = cleanUp.use(await startOwnAws('s3-memory'))
process.env['TRIBUTARY_AWS'] = aws.endpoint
const megabytes = Number(values.megabytes)
let wrong = 0
for (const format of [{ 'format.class': 'json' }, { 'format.class': 'json', 's3.compression.type': 'gzip' }, { 'format.class': 'avro', 'avro.codec': 'deflate' }, { 'format.class': 'parquet' }] as const) {
  const measure = async (load: { partitions: number, directories: number, megabytes: number }, keys: object = {}) =>
    await measureMemory((await createBucket({ teardown: end => { cleanUp.defer(async () => { await end() }) } })).name, { ...load, keys: { ...format, ...keys } })
  const idle = await measure({ partitions: 1, directories: 1, megabytes: 0.1 })
  for (const [name, load, keys] of [
    ['10 large files', { partitions: 10, directories: 1 }, {}], ['400 files of a partition', { partitions: 1, directories: 400 }, allAtOnce], ['800 files of 40 partitions', { partitions: 40, directories: 20 }, allAtOnce]
  ] as const) {
    const { filledMb, peakMb, seconds } = await measure({ ...load, megabytes }, keys)
    const isRight = peakMb - idle.peakMb < Number(values.bound)
    if (!isRight) wrong += 1
    const [first, filled, peak] = [idle.peakMb, filledMb, peakMb].map(Math.round)
    console.log(`${isRight ? 'ok' : 'not ok'} - ${Object.values(format).join(' ')}, ${name}: idle ${first} MB, filled ${filled} MB, peak ${peak} MB; ${Math.round(seconds)} s`)
  }
}
process.exitCode = wrong === 0 ? 0 : 1
