import { gzipSync } from 'node:zlib'
import t from 'tap'
import { Bucket } from './bucket.ts'
import { fill, linesOf, location, manifestOf, run } from './partition.ts'

t.test('a manifest shows new files at once, old ones are deleted after the grace', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 3)
  const manifest = `${location}_symlink/manifest.txt`
  t.match(await run(bucket, '--publish=manifest', '--graceMinutes=1'), { code: 0, out: /originals kept for now/ })
  const shown = (await bucket.text(manifest)).trim().split('\n')
  t.equal(shown.length, 1)
  t.equal((await bucket.keys()).filter(key => key.endsWith('.json.gz')).length, 4, 'old and new are there')
  t.match(await run(bucket, '--publish=manifest', '--graceMinutes=1'), { code: 0, out: /originals kept for now/ })
  // The grace is over.
  const [plan] = (await bucket.keys()).filter(key => key.includes('_s3-compact/'))
  const body = JSON.parse(await bucket.text(plan!)) as { published: number }
  await bucket.put(plan!, JSON.stringify({ ...body, published: body.published - 120_000 }))
  t.match(await run(bucket, '--publish=manifest'), { code: 0 })
  const data = (await bucket.keys()).filter(key => key.endsWith('.json.gz'))
  t.same(data.map(key => bucket.url(key)), shown)
  t.equal((await linesOf(bucket, data)).length, 6)
})

t.test('a manifest names a file that came after a compaction, though there are too few to join', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 3)
  t.match(await run(bucket, '--publish=manifest', '--graceMinutes=0', '--minFiles=3'), { code: 0, out: /: compacted/ })
  const [joined] = await manifestOf(bucket)
  await bucket.put(`${location}late.json.gz`, gzipSync('{"orderid":7}\n'))
  t.match(await run(bucket, '--publish=manifest', '--minFiles=3', '--dryRun'), { code: 0, out: /manifest\.txt would name 2 files/ })
  t.same(await manifestOf(bucket), [joined])
  t.match(await run(bucket, '--publish=manifest', '--minFiles=3'), { code: 0, out: /new files shown/ })
  t.same(await manifestOf(bucket), [joined, bucket.url(`${location}late.json.gz`)])
  t.match(await run(bucket, '--publish=manifest', '--minFiles=3'), { code: 0, out: /nothing to do/ })
  t.same((await bucket.keys()).filter(key => key.includes('_s3-compact/')), [], 'there is nothing to wait for')
})

t.test('a manifest of a single file is written, and never names originals that stay for the grace', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 1)
  t.match(await run(bucket, '--publish=manifest'), { code: 0, out: /new files shown/ })
  t.same(await manifestOf(bucket), [bucket.url(`${location}orders+0+0000000000.json.gz`)])
  await fill(bucket, 2, 1)
  t.match(await run(bucket, '--publish=manifest'), { code: 0, out: /originals kept for now/ })
  const shown = await manifestOf(bucket)
  t.equal(shown.length, 1)
  await bucket.put(`${location}late.json.gz`, gzipSync('{"orderid":7}\n'))
  t.match(await bucket.run(['compact', `--location=${bucket.url(location)}`, '--publish=manifest']), { code: 0, out: /written to just now/ })
  t.match(await run(bucket, '--publish=manifest', '--format=parquet'), { code: 0, out: /originals kept for now/ }, 'it is to be Parquet first')
  t.match(await run(bucket, '--publish=manifest', '--dryRun'), { code: 0, out: /a run is to be finished first/ })
  t.same(await manifestOf(bucket), shown)
  t.match(await run(bucket, '--publish=manifest'), { code: 0, out: /new files shown/ })
  t.same(await manifestOf(bucket), [...shown, bucket.url(`${location}late.json.gz`)])
  t.match(await run(bucket, '--publish=manifest'), { code: 0, out: /originals kept for now/ })
  t.equal((await bucket.keys(location)).filter(key => /\/orders\+0/.test(key)).length, 3, 'originals stay for the grace')
})

t.test('one late file of JSON lines becomes Parquet before it is shown beside Parquet', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  const once = (): Promise<{ code: number, out: string }> => run(bucket, '--publish=manifest', '--graceMinutes=0', '--format=parquet')
  t.match(await once(), { code: 0, out: /: compacted/ })
  await fill(bucket, 1, 2)
  t.match(await run(bucket, '--publish=manifest'), { code: 2, out: /json\.gz and .*parquet cannot be shown together: give --format=parquet/ })
  t.match(await once(), { code: 0, out: /: compacted/ })
  t.match(await manifestOf(bucket), [/\.parquet$/, /\.parquet$/])
})

t.test('a partition that is read by its manifest is not compacted without it', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  t.match(await run(bucket, '--publish=manifest', '--graceMinutes=0'), { code: 0 })
  await fill(bucket, 2, 2)
  t.match(await run(bucket), { code: 2, out: /manifest\.txt tells readers what to see: give --publish=manifest/ })
  t.equal((await bucket.keys()).length, 4)
})
