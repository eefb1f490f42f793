import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import t from 'tap'
import { until } from '@tributary/testing'
import { planPlace, startPlan, type Plan, type PlannedOutput } from '../src/plan.ts'
import { runPlan } from '../src/run-plan.ts'
import { S3 } from '../src/s3.ts'
import { Bucket } from './bucket.ts'

const location = 'orders/ot=2019111223/'

async function fill (bucket: Bucket, files: number, from = 0): Promise<object[]> {
  const rows: object[] = []
  for (let i = from; i < from + files; i++) {
    const own = [{ orderid: i, city: `City_${i}`, units: i + 0.5, big: 9007199254740992 }, { orderid: i + 1000, extra: { a: [i] }, units: 3 }]
    const text = own.map(row => JSON.stringify(row).replace('9007199254740992', '9007199254740993')).join('\n')
    await bucket.put(`${location}orders+0+${String(i).padStart(10, '0')}.json.gz`, gzipSync(i % 2 === 0 ? text : `${text}\n`))
    rows.push(...own)
  }
  return rows
}

const run = (bucket: Bucket, ...more: string[]): Promise<{ code: number, out: string }> => bucket.run(['compact', `--location=${bucket.url(location)}`, '--quietMinutes=0', ...more])

async function linesOf (bucket: Bucket, keys: readonly string[]): Promise<string[]> {
  return (await Promise.all(keys.map(key => bucket.text(key)))).join('').split('\n').filter(line => line !== '')
}

t.test('a partition of small files becomes one, named after what it is made of', async t => {
  const bucket = await Bucket.create(t)
  const rows = await fill(bucket, 5)
  await bucket.put(`${location}_SUCCESS`, 'x')
  t.match(await run(bucket), { code: 0, out: /ot=2019111223\/: compacted/ })
  const keys = await bucket.keys()
  t.equal(keys.length, 2)
  t.match(keys, [`${location}_SUCCESS`, /compact-[0-9a-f]{32}\.json\.gz$/])
  t.same((await linesOf(bucket, keys.slice(1))).map(line => (JSON.parse(line) as { orderid: number }).orderid), rows.map(row => (row as { orderid: number }).orderid))
  t.match(await run(bucket), { code: 0, out: /nothing to do/ })
})

t.test('a partition that is being written to is left alone', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 3)
  t.match(await bucket.run(['compact', `--table=${bucket.url('orders/')}`]), { code: 0, out: /written to just now/ })
  t.equal((await bucket.keys()).length, 3)
})

t.test('a dry run tells the plan', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 3)
  t.match(await run(bucket, '--dryRun'), { code: 0, out: /from 3 files of \d+ bytes/ })
  t.equal((await bucket.keys()).length, 3)
})

t.test('rows of Parquet are those of the JSON lines', async t => {
  const bucket = await Bucket.create(t)
  const rows = await fill(bucket, 3)
  t.match(await run(bucket, '--format=parquet'), { code: 0, out: /compacted/ })
  const [key] = await bucket.keys()
  t.match(key, /\.parquet$/)
  const bytes = await bucket.get(key!)
  const found = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer })
  t.equal(found.length, rows.length)
  t.same(found[0], { orderid: 0n, city: 'City_0', units: 0.5, big: 9007199254740993n, extra: null })
  t.same(found[3], { orderid: 1001n, city: null, units: 3, big: null, extra: '{"a":[1]}' })
})

const orderSchema = JSON.stringify({
  type: 'record', name: 'Order', fields: [
    { name: 'orderid', type: 'int' }, { name: 'city', type: ['null', 'string'] }, { name: 'units', type: 'double' }, { name: 'big', type: ['null', 'long'] }, { name: 'never', type: ['null', 'string'] },
    { name: 'extra', type: ['null', { type: 'record', name: 'Extra', fields: [{ name: 'a', type: { type: 'array', items: 'long' } }] }] }
  ]
})

async function parquetOf (bucket: Bucket): Promise<{ columns: string[], rows: Record<string, unknown>[] }> {
  const [key = ''] = (await bucket.keys()).filter(name => name.endsWith('.parquet'))
  const bytes = await bucket.get(key)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  return { columns: parquetMetadata(file).schema.slice(1).map(({ name, type, converted_type: converted }) => `${name} ${converted ?? type ?? 'group'}`), rows: await parquetReadObjects({ file }) }
}

t.test('columns of Parquet are those of a declared schema, nested ones too', async t => {
  const bucket = await Bucket.create(t)
  const rows = await fill(bucket, 3)
  t.match(await run(bucket, '--format=parquet', `--schema=${orderSchema}`), { code: 0, out: /compacted/ })
  const { columns, rows: found } = await parquetOf(bucket)
  t.same(columns, ['orderid INT32', 'city UTF8', 'units DOUBLE', 'big INT64', 'never UTF8', 'extra group', 'a LIST', 'list group', 'element INT64'])
  t.equal(found.length, rows.length)
  t.same(found[0], { orderid: 0, city: 'City_0', units: 0.5, big: 9007199254740993n, never: null, extra: null })
  t.same(found[3], { orderid: 1001, city: null, units: 3, big: null, never: null, extra: { a: [1n] } })
})

t.test('a line that does not fit a declared schema, or has more than it, is named and nothing is deleted', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  for (const [line, sentence] of [
    ['{"orderid":1.5,"units":1}', /Line 1 of s3:.*x\.json cannot be a row of the schema: its field orderid is not of type int32/],
    ['{"orderid":3000000000,"units":1}', /field orderid does not fit into int32/],
    ['{"orderid":1}', /field units is missing/],
    ['{"orderid":1,"units":1,"more":7}', /field more is in no column, so its values would be lost/],
    ['{"orderid":1,"units":1,"extra":{"a":["x"]}}', /field extra with its field a is not of type int64/]
  ] as const) {
    await bucket.put(`${location}x.json`, `${line}\n`)
    t.match(await run(bucket, '--format=parquet', `--schema=${orderSchema}`, '--publish=manifest'), { code: 1, out: sentence })
    t.equal((await bucket.keys()).length, 3)
  }
  await bucket.put(`${location}x.json`, '{"orderid":1,"units":1,"OT":"2019111223"}\n')
  t.match(await run(bucket, '--format=parquet', `--schema=${orderSchema}`), { code: 0, out: /compacted/ }, 'a column of the folder is no column of the file')
})

t.test('rows are sorted by a column where that is asked for, equal ones in their order, nulls last', async t => {
  const bucket = await Bucket.create(t)
  const rows = [3, 1, 2].map(file => [5, null, 10, -2, 9007199254740993n, 10].map((units, i) => `{"units":${units},"place":${file * 10 + i}}\n`).join(''))
  for (const [i, text] of rows.entries()) await bucket.put(`${location}${i}.json`, text)
  t.match(await run(bucket, '--format=parquet', '--sortBy=UNITS', '--rowGroupSize=1'), { code: 0, out: /compacted/ })
  const { rows: found } = await parquetOf(bucket)
  t.same(found.map(({ units }) => units), [-2n, -2n, -2n, 5n, 5n, 5n, 10n, 10n, 10n, 10n, 10n, 10n, 9007199254740993n, 9007199254740993n, 9007199254740993n, null, null, null])
  t.same(found.slice(6, 12).map(({ place }) => place), [32n, 35n, 12n, 15n, 22n, 25n])
  t.equal((await bucket.keys()).length, 1, 'the inputs were verified and deleted')
})

t.test('more rows than memory is given to are sorted through files', async t => {
  const bucket = await Bucket.create(t)
  const filling = 'x'.repeat(1000)
  const ids = Array.from({ length: 30_000 }, (_, i) => i * 7919 % 30_000)
  for (let file = 0; file < 2; file++) await bucket.put(`${location}${file}.json.gz`, gzipSync(ids.slice(file * 15_000, (file + 1) * 15_000).map(id => `{"id":${id},"city":"City_${id % 10}","filling":"${filling}"}\n`).join('')))
  t.match(await run(bucket, '--format=parquet', '--sortBy=id', '--rowGroupSize=4'), { code: 0, out: /compacted/ })
  const [key = ''] = await bucket.keys()
  const bytes = await bucket.get(key)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  const found = await parquetReadObjects({ file, columns: ['id', 'city'] })
  t.ok(found.every(({ id, city }, i) => id === BigInt(i) && city === `City_${i % 10}`))
  t.equal(found.length, 30_000)
  const groups = parquetMetadata(file).row_groups.map(({ num_rows: count, columns: [column] }) => [Number(count), column!.meta_data!.statistics!.min_value])
  t.ok(groups.length > 5, `${groups.length} row groups`)
  t.same(groups.map(([, first]) => first), groups.map((_, i) => BigInt(groups.slice(0, i).reduce((sum, [count]) => sum + (count as number), 0))), 'each group has a range of its own')
})

t.test('files of zstd are joined, also those of several frames, and others become zstd', async t => {
  const bucket = await Bucket.create(t)
  const frames = (...texts: string[]): Buffer => Buffer.concat(texts.map(text => zstdCompressSync(Buffer.from(text))))
  await bucket.put(`${location}0.json.zst`, frames('{"a":0}\n', '{"a":1}\n{"a":2}', '\n'))
  await bucket.put(`${location}1.json.zst`, frames('{"a":3}', '\n{"a":4}'))
  await bucket.put(`${location}2.json.zst`, frames('{"a":5}\n'))
  const lines = Array.from({ length: 6 }, (_, a) => `{"a":${a}}\n`).join('')
  t.match(await run(bucket), { code: 0, out: /compacted/ })
  const [key = ''] = await bucket.keys()
  t.match(key, /compact-[0-9a-f]{32}\.json\.zst$/)
  t.equal(zstdDecompressSync(await bucket.get(key)).toString(), lines)
  t.match(await bucket.run([`--src=${bucket.url(location)}`, `--dest=${bucket.url('gzip/')}`, '--outputCodec=gz', '--groupBy=.*/(compact)-.*']), { code: 0 })
  await bucket.put('gzip/more.gz', gzipSync('{"a":6}\n'))
  t.match(await bucket.run(['compact', `--location=${bucket.url('gzip/')}`, '--quietMinutes=0', '--outputCodec=zstd']), { code: 0, out: /compacted/ })
  const [back = ''] = await bucket.keys('gzip/')
  t.match(back, /\.zst$/)
  t.equal(zstdDecompressSync(await bucket.get(back)).toString(), `${lines}{"a":6}\n`)
})

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

const manifestOf = async (bucket: Bucket): Promise<string[]> => (await bucket.text(`${location}_symlink/manifest.txt`)).split('\n').filter(line => line !== '')

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

t.test('a table of nothing is told', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  t.match(await bucket.run(['compact', `--table=${bucket.url('odrers/')}`]), { code: 0, out: /There is nothing to compact under s3:.*\/odrers\/\./ })
})

t.test('folders that readers ignore are no partitions', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  for (const key of ['_tributary/s3/orders/0.json', '_tributary/s3/orders/1.json', 'orders/.hive-staging/a', 'orders/.hive-staging/b']) await bucket.put(key, '{}\n')
  for (const turn of [1, 2]) {
    const { code, out } = await bucket.run(['compact', `--table=${bucket.url('')}`, '--quietMinutes=0', '--graceMinutes=0', '--ledgerPrefix=', '--publish=manifest'])
    t.equal(code, 0, out)
    t.equal(out.split('\n').length, 1, `run ${turn}: ${out}`)
  }
  t.same((await bucket.keys()).filter(key => !key.includes('/compact-')), ['_tributary/s3/orders/0.json', '_tributary/s3/orders/1.json', 'orders/.hive-staging/a', 'orders/.hive-staging/b', `${location}_symlink/manifest.txt`])
})

t.test('the ledgers of the sinks are never compacted', async t => {
  const bucket = await Bucket.create(t)
  t.match(await bucket.run(['compact', `--location=${bucket.url('_tributary/s3/orders/')}`]), { code: 2, out: /holds the ledgers of the sinks/ })
  await fill(bucket, 2)
  for (const key of ['ledgers/s3/orders/0.txt', 'ledgers/s3/orders/1.txt']) await bucket.put(key, '{}\n')
  t.match(await bucket.run(['compact', `--table=${bucket.url('')}`, '--quietMinutes=0', '--ledgerPrefix=ledgers']), { code: 0, out: /^[^\n]+: compacted\.$/ })
  t.equal((await bucket.keys('ledgers/')).length, 2)
})

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
  t.match((await bucket.keys(location)).map(key => key.replace(/compact-\w+/, 'x').slice(location.length)), ['x.headers.json.gz', 'x.keys.json.gz', 'x.parquet'])
  t.same((await parquetOf(bucket)).rows, [0n, 1n, 2n, 3n].map(id => ({ id })))
})

t.test('all files become Parquet at once, with keys beside them or without', async t => {
  const bucket = await Bucket.create(t)
  for (const first of [0, 2]) await putWithCompanions(bucket, first)
  await bucket.put(`${location}orders+0+0000000004.json`, '{"id":4}\n')
  t.match(await run(bucket, '--format=parquet', '--minFiles=3'), { code: 0, out: /: compacted/ })
  t.same((await bucket.keys(location)).filter(key => !/\.(keys|headers)\./.test(key)).map(key => key.replace(/^.*\./, '')), ['parquet', 'parquet'])
})

t.test('a partition that cannot be compacted does not keep the others of the table from it', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['a=1/x.avro', 'a=1/y.avro', 'a=2/x.json', 'a=2/y.json']) await bucket.put(`t/${key}`, '1\n')
  t.match(await bucket.run(['compact', `--table=${bucket.url('t/')}`, '--quietMinutes=0']), { code: 2, out: /a=1\/x\.avro is in a format that cannot be joined/ })
  t.match(await bucket.keys('t/'), ['t/a=1/x.avro', 't/a=1/y.avro', /^t\/a=2\/compact-/])
})

t.test('records stand in the order of their offsets, those of earlier runs first', async t => {
  const bucket = await Bucket.create(t)
  const put = (names: readonly string[]): Promise<void[]> => Promise.all(names.map(name => bucket.put(`${location}${name}.json`, `${name}\n`)))
  await put(['a+0+9', 'a+0+10', 'a+0+1000', 'a+10+3', 'a+9+5', 'a+0+98765432109876543210', 'a+0+98765432109876543209'])
  t.match(await run(bucket), { code: 0, out: /: compacted/ })
  const first = ['a+0+9', 'a+0+10', 'a+0+1000', 'a+0+98765432109876543209', 'a+0+98765432109876543210', 'a+9+5', 'a+10+3']
  t.same(await linesOf(bucket, await bucket.keys()), first)
  await put(['a+0+98765432109876543211', 'a+9+60'])
  t.match(await run(bucket), { code: 0, out: /: compacted/ })
  t.same(await linesOf(bucket, await bucket.keys()), [...first, 'a+0+98765432109876543211', 'a+9+60'])
})

/** What the sink writes about an object. */
const told = (first: number, last: number, records: number, partition = 0): Record<string, string> =>
  ({ 'tributary-topic': 'orders', 'tributary-partition': String(partition), 'tributary-first': String(first), 'tributary-last': String(last), 'tributary-records': String(records) })

t.test('a file with fewer or more lines than its sink wrote records is told, and neither replaced nor deleted', async t => {
  const bucket = await Bucket.create(t)
  const two = '{"a":1}\n\n{"a":2}'
  await bucket.put(`${location}orders+0+0.json`, two, undefined, told(0, 1, 2))
  await bucket.put(`${location}orders+0+4.json.gz`, gzipSync(''), undefined, told(4, 4, 0))
  for (const records of [1, 3]) {
    await bucket.put(`${location}orders+0+2.json`, two, undefined, told(2, 3, records))
    const before = await bucket.keys()
    for (const more of [['--publish=manifest'], ['--outputCodec=gzip'], ['--format=parquet'], ['--format=parquet', '--schema={"type":"record","name":"o","fields":[{"name":"a","type":"long"}]}']]) {
      t.match(await run(bucket, ...more), { code: 1, out: new RegExp(`orders\\+0\\+2\\.json has 2 lines, but its sink wrote ${records} records`) })
      t.same(await bucket.keys(), before)
    }
  }
  t.match(await run(bucket, '--ignoreMetadata'), { code: 0, out: /: compacted/ })
  await bucket.put(`${location}orders+0+5.bin`, 'a\nb', undefined, told(5, 5, 1))
  await bucket.put(`${location}orders+0+6.bin`, 'a', undefined, told(6, 6, 1))
  t.match(await run(bucket), { code: 0, out: /: compacted/ }, 'bytes are not lines')
})

t.test('one file that is not what its sink wrote keeps the whole partition as it is', async t => {
  const bucket = await Bucket.create(t)
  for (const offset of [0, 1, 2, 3]) await bucket.put(`${location}orders+0+${offset}.json`, `"${'x'.repeat(450_000)}"\n`, undefined, told(offset, offset, offset === 3 ? 2 : 1))
  const before = await bucket.keys()
  t.match(await run(bucket, '--targetSize=1'), { code: 1, out: /has 1 lines, but its sink wrote 2 records/ })
  t.same(await bucket.keys(), before)
})

t.test('files with the same offsets are told, and nothing is published or deleted', async t => {
  const bucket = await Bucket.create(t)
  const put = (name: string, metadata: Record<string, string>): Promise<void> => bucket.put(`${location}${name}`, `"${'x'.repeat(300_000)}"\n`, undefined, metadata)
  await put('orders+0+0.json', told(0, 10, 1))
  await put('orders+0+20.json', told(20, 30, 1))
  await put('orders+1+5.json', told(5, 25, 1, 1))
  await put('orders+0+0.keys.json', told(0, 10, 1))
  await put('orders+0+20.keys.json', told(20, 30, 1))
  await put('orders+0+0+g1.json', told(0, 30, 1))
  await put('orders+0+31.json', told(30, 40, 1))
  const before = await bucket.keys()
  // Of one output, and of two.
  for (const more of [[], ['--publish=manifest'], ['--targetSize=1'], ['--targetSize=1', '--publish=manifest']]) {
    t.match(await run(bucket, ...more), { code: 1, out: /orders\+0\+20\.json and .*orders\+0\+31\.json both hold offsets of orders-0: 20 to 30, and 30 to 40\./ })
    t.same(await bucket.keys(), before)
  }
  await bucket.remove(`${location}orders+0+31.json`)
  await put('orders+0+31.json', told(31, 40, 1))
  t.match(await run(bucket), { code: 0, out: /: compacted/ }, 'after offsets were reset they come again, in files that say so')
})

const s3Of = (bucket: Bucket): S3 => new S3({ endpoint: bucket.endpoint, region: 'us-east-1' })

/** Writes a plan for two files, as a run that was interrupted left it. */
async function plant (bucket: Bucket, change: Partial<Plan> = {}): Promise<PlannedOutput & { readonly plan: Plan }> {
  const s3 = s3Of(bucket)
  try {
    for (const name of ['a', 'b']) await bucket.put(`${location}${name}.json`, `${name}\n`)
    const inputs = await Array.fromAsync(s3.list({ bucket: bucket.name, key: location }))
    const id = 'c0ffee'.padEnd(32, '0')
    const output: PlannedOutput = { bucket: bucket.name, key: `${location}compact-${id}.json`, id, inputs, rule: { codec: null, verbatim: false }, replaces: null }
    const plan: Plan = { version: 1, run: 'test', state: 'planned', outputs: [output], deleteInputs: true, store: { encrypted: false, partSize: 16 * 1024 * 1024, multipart: true }, manifest: null, ...change }
    t.ok(await startPlan(s3, planPlace(['compact'], { bucket: bucket.name, key: location }), plan))
    return { ...output, plan }
  } finally {
    s3.close()
  }
}

t.test('an output that is not what its inputs are does not stay, and later runs are free', async t => {
  const bucket = await Bucket.create(t)
  const { key, id } = await plant(bucket)
  await bucket.put(key, 'a\n', undefined, { 'tributary-compact-id': id })
  t.match(await run(bucket), { code: 1, out: /holds 1 lines and 2 bytes, its inputs 2 and 4/ })
  t.same(await bucket.keys(), [`${location}a.json`, `${location}b.json`])
  t.match(await run(bucket), { code: 0, out: /: compacted/ })
  t.same(await linesOf(bucket, await bucket.keys()), ['a', 'b'])
})

t.test('a slow run leaves nothing behind of a plan that another one has given up, and all of one that is done', async t => {
  for (const isDone of [false, true]) {
    const bucket = await Bucket.create(t)
    const { key, plan } = await plant(bucket)
    const place = planPlace(['compact'], { bucket: bucket.name, key: location })
    if (isDone) t.match(await run(bucket), { code: 0 })
    else await bucket.remove(place.key)
    const s3 = s3Of(bucket)
    t.teardown(() => { s3.close() })
    t.equal(await runPlan(s3, place, plan, { output () {}, deleted () {}, changed () {} }), true)
    t.same(await bucket.keys(), isDone ? [key] : [`${location}a.json`, `${location}b.json`])
  }
})

t.test('a manifest that someone else changed is left to them, and later runs are free', async t => {
  const bucket = await Bucket.create(t)
  const manifest = `${location}_symlink/manifest.txt`
  const place = { bucket: bucket.name, key: manifest }
  const { key } = await plant(bucket, { publication: { kind: 'manifest', place, files: ['new'], etag: null }, graceMs: 0 })
  await bucket.put(manifest, 'theirs\n')
  t.match(await run(bucket, '--publish=manifest'), { code: 1, out: /manifest\.txt was changed by someone else: .* Nothing was deleted/ })
  t.same(await bucket.keys(), [manifest, `${location}a.json`, `${location}b.json`])
  t.match(await run(bucket, '--publish=manifest', '--graceMinutes=0'), { code: 0, out: /: compacted/ })

  const theirs = await Bucket.create(t)
  const planned = await plant(theirs, { publication: { kind: 'manifest', place: { ...place, bucket: theirs.name }, files: ['new'], etag: null }, graceMs: 0 })
  await theirs.put(manifest, `${theirs.url(planned.key)}\nmore\n`)
  t.equal(planned.key, key)
  t.match(await run(theirs, '--publish=manifest'), { code: 1, out: /names new files of this run: .*plan-\w+\.json/ })
  t.equal((await theirs.keys()).length, 5, 'what is shown is not deleted')
})

t.test('a partition that is read by its manifest is not compacted without it', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  t.match(await run(bucket, '--publish=manifest', '--graceMinutes=0'), { code: 0 })
  await fill(bucket, 2, 2)
  t.match(await run(bucket), { code: 2, out: /manifest\.txt tells readers what to see: give --publish=manifest/ })
  t.equal((await bucket.keys()).length, 4)
})

t.test('what is no plan is named', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  await bucket.put(planPlace(['compact'], { bucket: bucket.name, key: location }).key, 'no JSON')
  t.match(await run(bucket), { code: 1, out: /_s3-compact\/plan-\w+\.json is no plan/ })
})

t.test('a name is told the codec of its content', async t => {
  const bucket = await Bucket.create(t)
  for (const name of ['a', 'b']) await bucket.put(`${location}${name}.gz`, gzipSync(`${name}\n`))
  t.match(await run(bucket, '--outputCodec=none'), { code: 0, out: /: compacted/ })
  const [key = ''] = await bucket.keys()
  t.match(key, /compact-[0-9a-f]{32}$/)
  t.equal(await bucket.text(key), 'a\nb\n')
})

t.test('two compactors at once compact once', async t => {
  const bucket = await Bucket.create(t)
  const rows = await fill(bucket, 8)
  const ends = await Promise.all([run(bucket), run(bucket), run(bucket)])
  t.same(ends.map(({ code }) => code), [0, 0, 0], ends.map(({ out }) => out).join('\n'))
  t.equal((await linesOf(bucket, (await bucket.keys()).filter(key => key.endsWith('.gz')))).length, rows.length)
})

t.test('kills at random moments lose nothing and repeat nothing', async t => {
  const bucket = await Bucket.create(t)
  const rows = await fill(bucket, 40)
  let finished = 0
  for (let life = 0; life < 6 && finished === 0; life++) {
    const { kill, ended } = bucket.start(['compact', `--location=${bucket.url(location)}`, '--quietMinutes=0'])
    // It begins with a plan; from there on the moment is random.
    const delay = 5 + Math.random() * 60
    const gone = ended.then(({ code }) => code)
    await Promise.race([gone, until('a plan', async () => (await bucket.keys(`${location}_s3-compact/`)).length > 0)])
    await Promise.race([gone, new Promise(resolve => { setTimeout(resolve, delay) })])
    kill()
    if (await gone === 0) finished++
  }
  t.match(await run(bucket), { code: 0 })
  const lines = await linesOf(bucket, (await bucket.keys()).filter(key => key.endsWith('.gz')))
  t.same(lines.map(line => (JSON.parse(line) as { orderid: number }).orderid).toSorted((a, b) => a - b), rows.map(row => (row as { orderid: number }).orderid).toSorted((a, b) => a - b))
  t.same((await bucket.keys()).filter(key => key.includes('_s3-compact/')), [])
})

t.test('a line that is no JSON stops before anything is deleted, and does not stop later runs', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 2)
  await bucket.put(`${location}x.json`, '{"a":1}\nnot json\n')
  t.match(await run(bucket, '--format=parquet', '--publish=manifest'), { code: 1, out: /Line 2 of s3:.*x\.json is no JSON object/ })
  const keys = await bucket.keys()
  t.same(keys.filter(key => !key.endsWith('.json.gz')), [`${location}x.json`], 'no plan and no output stay')
  t.equal(keys.length, 3)
  await bucket.put(`${location}x.json`, '{"a":1}\n')
  t.match(await run(bucket, '--format=parquet', '--publish=manifest', '--graceMinutes=0'), { code: 0 })
  t.match(await bucket.keys(), [`${location}_symlink/manifest.txt`, /\.parquet$/])
})

t.test('wrong options are told in a sentence', async t => {
  const bucket = await Bucket.create(t)
  for (const [args, sentence] of [
    [[], /Give --location/],
    [['--location=s3://b/t/', '--publish=x'], /--publish must be place, manifest, glue/],
    [['--location=s3://b/t/', '--publish=glue'], /--glueTable=database.table/],
    [['--location=s3://b/t/', '--format=orc'], /keep or parquet/],
    [['--location=s3://b/t/', '--schema={}'], /--schema needs --format=parquet/],
    [['--location=s3://b/t/', '--sortBy=a'], /--sortBy needs --format=parquet/],
    [['--location=s3://b/t/', '--rowGroupSize=64'], /--rowGroupSize needs --format=parquet/],
    [['--location=s3://b/t/', '--format=parquet', '--rowGroupSize=1000'], /from 1 to 256 MiB/],
    [['--location=s3://b/t/', '--format=parquet', `--schema=${orderSchema}`, '--sortBy=time'], /no such column. The columns are orderid, city/],
    [['--location=s3://b/t/', '--format=parquet', `--schema=${orderSchema}`, '--sortBy=extra'], /type struct has no order/],
    [['--location=s3://b/t/', '--format=parquet', '--schema=/no/such/file'], /--schema is neither an Avro record/],
    [['--location=s3://b/t/', '--format=parquet', '--schema={"type":"record","name":"o","fields":[{"name":"m","type":{"type":"map","values":"int"}}]}'], /The column m has the type map/]
  ] as const) t.match(await bucket.run(['compact', ...args]), { code: 2, out: sentence })
})

t.test('what cannot be rows is told in a sentence, and keeps no other partition from it', async t => {
  const bucket = await Bucket.create(t)
  const whole = gzipSync('{"a":1}\n'.repeat(100))
  for (const [folder, bytes] of [['orders/ot=1/', whole.subarray(0, whole.length - 9)], ['orders/ot=2/', Buffer.from('{"a":"\xe9"}\n', 'latin1')]] as const) {
    const extension = folder === 'orders/ot=1/' ? '.json.gz' : '.json'
    await bucket.put(`${folder}x${extension}`, bytes)
    await bucket.put(`${folder}y${extension}`, bytes)
  }
  await fill(bucket, 2)
  const { code, out } = await bucket.run(['compact', `--table=${bucket.url('orders/')}`, '--quietMinutes=0', '--format=parquet'])
  t.equal(code, 1)
  for (const sentence of [/ot=1\/x\.json\.gz is not what its name says/, /Line 1 of s3:\S+ot=2\/x\.json is not in UTF-8/, /ot=2019111223\/: compacted/]) t.match(out, sentence)
})

t.test('integers past 2^53 beside fractions become text, and a column to sort by must be there', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put(`${location}x.json`, '{"a":9007199254740993}\n')
  await bucket.put(`${location}y.json`, '{"a":0.5}\n')
  t.match(await run(bucket, '--format=parquet', '--sortBy=nope'), { code: 2, out: /--sortBy=nope: there is no such column. The columns are a\./ })
  t.same(await bucket.keys(), [`${location}x.json`, `${location}y.json`])
  t.match(await run(bucket, '--format=parquet'), { code: 0, out: /compacted/ })
  t.same((await parquetOf(bucket)).rows, [{ a: '9007199254740993' }, { a: '0.5' }])
})
