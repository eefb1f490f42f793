import { gzipSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import t from 'tap'
import { Bucket } from './bucket.ts'
import { fill, location, orderSchema, parquetOf, run } from './partition.ts'

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

t.test('rows without a value, and names that nobody could read, are told', async t => {
  const bucket = await Bucket.create(t)
  for (const [line, sentence] of [['{"a":null}', /Line 1 of \S+x\.json has no value that could be a column, .* give the columns with --schema/], ['{"a":1,"__proto__":2}', /field __proto__ is in no column, so its values would be lost/]] as const) {
    for (const name of ['x', 'y']) await bucket.put(`${location}${name}.json`, `${line}\n`)
    t.match(await run(bucket, '--format=parquet'), { code: 1, out: sentence })
  }
  const schema = JSON.stringify({ type: 'record', name: 'o', fields: [{ name: 'a', type: ['null', 'long'] }] })
  for (const name of ['x', 'y']) await bucket.put(`${location}${name}.json`, '{"a":null}\n')
  t.match(await run(bucket, '--format=parquet', `--schema=${schema}`), { code: 0, out: /compacted/ })
  t.same((await parquetOf(bucket)).rows, [{ a: null }, { a: null }])
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
