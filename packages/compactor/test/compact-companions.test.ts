import { gzipSync } from 'node:zlib'
import t from 'tap'
import { Bucket } from './bucket.ts'
import { location, manifestOf, parquetOf, run } from './partition.ts'

/** A file of a sink that stores keys and headers. */
async function putWithCompanions (bucket: Bucket, first: number, folder = location): Promise<void> {
  const name = `${folder}orders+0+${String(first).padStart(10, '0')}`
  const rows = [first, first + 1]
  await bucket.put(`${name}.json.gz`, gzipSync(rows.map(id => `{"id":${id}}\n`).join('')))
  await bucket.put(`${name}.keys.json.gz`, gzipSync(rows.map(id => `"key ${id}"\n`).join('')))
  await bucket.put(`${name}.headers.json.gz`, gzipSync(rows.map(id => `[{"h":${id}}]\n`).join('')))
}

t.test('keys and headers that a sink wrote beside values are joined beside them, line by line', async t => {
  const bucket = await Bucket.create(t)
  for (const first of [0, 2, 4]) await putWithCompanions(bucket, first)
  await bucket.put(`${location}orders+0+0000000006.json.gz`, gzipSync('{"id":6}\n'))
  await bucket.put(`${location}orders+0+0000000007.json.gz`, gzipSync('{"id":7}\n'))
  t.match(await run(bucket, '--publish=manifest', '--graceMinutes=0'), { code: 0, out: /: compacted/ })
  const keys = (await bucket.keys(location)).filter(key => key.includes('/compact-'))
  const lines = async (key: string): Promise<string[]> => (await bucket.text(key)).trim().split('\n')
  const [name = ''] = keys.filter(key => key.includes('.keys.')).map(key => key.replace('.keys.json.gz', ''))
  t.same(await lines(`${name}.json.gz`), [0, 1, 2, 3, 4, 5].map(id => `{"id":${id}}`))
  t.same(await lines(`${name}.keys.json.gz`), [0, 1, 2, 3, 4, 5].map(id => `"key ${id}"`))
  t.same(await lines(`${name}.headers.json.gz`), [0, 1, 2, 3, 4, 5].map(id => `[{"h":${id}}]`))
  const [bare = ''] = keys.filter(key => !key.startsWith(`${name}.`))
  t.same(await lines(bare), ['{"id":6}', '{"id":7}'], 'lines without keys are not mixed with those that have some')
  t.equal(keys.length, 4)
  t.same(await manifestOf(bucket), [bare, `${name}.json.gz`].map(key => bucket.url(key)).toSorted(), 'the table has values only')
  t.match(await run(bucket, '--publish=manifest', '--minFiles=3'), { code: 0, out: /nothing to do/ })
})

t.test('values that cannot be read keep their keys from being joined', async t => {
  const bucket = await Bucket.create(t)
  for (const first of [0, 2]) await putWithCompanions(bucket, first)
  const before = await bucket.keys()
  const values = `${location}orders+0+0000000002.json.gz`
  const bytes = await bucket.get(values)
  await bucket.put(values, 'junk')
  t.match(await run(bucket), { code: 1, out: /orders\+0\+0000000002\.json\.gz is not what its name says/ })
  t.same(await bucket.keys(), before)
  await bucket.put(values, bytes)
  t.match(await run(bucket), { code: 0, out: /: compacted/ })
  t.equal((await bucket.keys()).length, 3)
})

t.test('keys stay lines when values become Parquet, and sorting them apart is refused', async t => {
  const bucket = await Bucket.create(t)
  for (const first of [0, 2]) await putWithCompanions(bucket, first)
  t.match(await run(bucket, '--format=parquet', '--sortBy=id'), { code: 2, out: /--sortBy would part rows from their keys and headers/ })
  t.match(await run(bucket, '--format=parquet'), { code: 0, out: /: compacted/ })
  t.match((await bucket.keys(location)).map(key => key.replace(/compact-.+-[0-9a-f]{32}/, 'x').slice(location.length)), ['x.headers.json.gz', 'x.keys.json.gz', 'x.parquet'])
  t.same((await parquetOf(bucket)).rows, [0n, 1n, 2n, 3n].map(id => ({ id })))
})

t.test('all files become Parquet at once, with keys beside them or without', async t => {
  const bucket = await Bucket.create(t)
  for (const first of [0, 2]) await putWithCompanions(bucket, first)
  await bucket.put(`${location}orders+0+0000000004.json`, '{"id":4}\n')
  t.match(await run(bucket, '--format=parquet', '--minFiles=3'), { code: 0, out: /: compacted/ })
  t.same((await bucket.keys(location)).filter(key => !/\.(keys|headers)\./.test(key)).map(key => key.replace(/^.*\./, '')), ['parquet', 'parquet'])
})
