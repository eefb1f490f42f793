import { parseArgs } from 'node:util'
import { startOwnAws } from '@tributary/testing'
import { Bucket } from './bucket.ts'
import { compactLoad } from './load.ts'

// npm run check:compactor-memory -- [--megabytes 300] [--bound 512]

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '300' }, bound: { type: 'string', default: '512' } } })
await using cleanUp = new AsyncDisposableStack()
const aws = cleanUp.use(await startOwnAws('compactor'))
process.env['TRIBUTARY_AWS'] = aws.endpoint
let wrong = 0
for (const [name, gzip, args] of [
  ['plain, joined', false, []], ['gzip, joined as they are', true, []], ['gzip, recoded', true, ['--outputCodec=gzip']], ['gzip to Parquet', true, ['--format=parquet', '--targetSize=8']],
  ['gzip to sorted Parquet', true, ['--format=parquet', '--targetSize=8', '--sortBy=orderid']],
  ['plain, joined in large parts', false, ['--groupBy=.*/(ot=.)/.*', '--multipartUploadChunkSize=512']], ['plain, joined without parts', false, ['--groupBy=.*/(ot=.)/.*', '--disableMultipartUpload']]
] as const) {
  const bucket = await Bucket.create({ teardown: end => { cleanUp.defer(end) } })
  const { code, out, ...result } = await compactLoad(bucket, { megabytes: Number(values.megabytes), fileKb: 300, gzip, partitions: 4 }, args)
  const isRight = code === 0 && result.lines === result.linesAfter && result.peakMb < Number(values.bound)
  if (!isRight) wrong += 1
  console.log(`${isRight ? 'ok' : 'not ok'} - ${name}: ${JSON.stringify(result, (_key, value: unknown) => typeof value === 'number' ? Math.round(value * 10) / 10 : value)}${code === 0 ? '' : `\n${out}`}`)
}
process.exitCode = wrong === 0 ? 0 : 1
