import t from 'tap'
import { Bucket } from './bucket.ts'
import { compactLoad } from './load.ts'

for (const [name, load, args] of [
  ['files that are joined', { megabytes: 24, fileKb: 60, gzip: false, partitions: 2 }, ['--targetSize=4']],
  ['files that become Parquet', { megabytes: 12, fileKb: 60, gzip: true, partitions: 2 }, ['--format=parquet', '--targetSize=1']]
] as const) {
  t.test(`memory stays bounded for ${name}, and no line is lost`, { timeout: 120_000 }, async t => {
    const { code, out, lines, linesAfter, inputs, outputs, peakMb } = await compactLoad(await Bucket.create(t), load, args)
    t.equal(code, 0, out)
    t.equal(linesAfter, lines)
    t.ok(outputs < inputs / 10, `${outputs} of ${inputs}`)
    t.ok(peakMb > 50 && peakMb < 512, `${peakMb} MB`)
  })
}
