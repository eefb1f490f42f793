import { CreateDatabaseCommand, CreatePartitionCommand, CreateTableCommand, GetPartitionCommand, GlueClient } from '@aws-sdk/client-glue'
import { startGlue } from '@tributary/testing'
import { parquetReadObjects } from 'hyparquet'
import t, { type Test } from 'tap'
import { Bucket } from './bucket.ts'

const partition = { DatabaseName: 'shop', TableName: 'orders', PartitionValues: ['2019111223'] }

/** A Glue of the test's own, which the compactor uses too while the test runs. */
async function openGlue (t: Test): Promise<GlueClient> {
  const endpoint = await startGlue(t)
  const glue = new GlueClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' } })
  process.env['TRIBUTARY_GLUE'] = endpoint
  t.teardown(() => {
    delete process.env['TRIBUTARY_GLUE']
    glue.destroy()
  })
  return glue
}

t.test('a partition in Glue moves to its new files in one step', async t => {
  const glue = await openGlue(t)
  const bucket = await Bucket.create(t)
  const folder = 'orders/ot=2019111223/'
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }))
  await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput: { Name: 'orders', PartitionKeys: [{ Name: 'ot', Type: 'string' }], StorageDescriptor: { Location: bucket.url('orders/') } } }))
  const location = async (): Promise<string> => (await glue.send(new GetPartitionCommand(partition))).Partition?.StorageDescriptor?.Location ?? ''
  const run = (): Promise<{ code: number, out: string }> =>
    bucket.run(['compact', `--location=${bucket.url(folder)}`, '--quietMinutes=0', '--graceMinutes=0', '--publish=glue', '--glueTable=shop.orders'])
  const shown = async (): Promise<string> => {
    const prefix = (await location()).slice(bucket.url('').length)
    return (await Promise.all((await bucket.keys(prefix)).map(key => bucket.text(key)))).join('')
  }

  await bucket.put(`${folder}a.json`, '1\n')
  await bucket.put(`${folder}b.json`, '2')
  t.match(await run(), { code: 2, out: /not in the Glue catalog/ })
  await glue.send(new CreatePartitionCommand({ DatabaseName: 'shop', TableName: 'orders', PartitionInput: { Values: ['2019111223'], StorageDescriptor: { Location: bucket.url(folder) } } }))
  t.match(await run(), { code: 0, out: /compacted/ })
  t.match(await location(), bucket.url('orders.compacted/ot=2019111223/'))
  t.equal(await shown(), '1\n2\n')
  t.same(await bucket.keys('orders/'), [], 'the originals are deleted')

  await bucket.put(`${folder}late.json`, '3\n')
  t.match(await run(), { code: 0, out: /compacted/ })
  t.same((await shown()).split('\n').toSorted(), ['', '1', '2', '3'], 'late records join')
  t.equal((await bucket.keys()).length, 1)
})

t.test('a file that comes after the partition has moved is shown, though there are too few to join; keys and headers never are', async t => {
  const glue = await openGlue(t)
  const bucket = await Bucket.create(t)
  // 50% of Xi'an, as Hive escapes it.
  const folder = 'orders/city=50%25 of Xi%27an/'
  const PartitionValues = ["50% of Xi'an"]
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }))
  await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput: { Name: 'orders', PartitionKeys: [{ Name: 'city', Type: 'string' }], StorageDescriptor: { Location: bucket.url('orders/') } } }))
  await glue.send(new CreatePartitionCommand({ DatabaseName: 'shop', TableName: 'orders', PartitionInput: { Values: PartitionValues, StorageDescriptor: { Location: bucket.url(folder) } } }))
  const location = async (): Promise<string> => (await glue.send(new GetPartitionCommand({ ...partition, PartitionValues }))).Partition?.StorageDescriptor?.Location ?? ''
  const run = (): Promise<{ code: number, out: string }> =>
    bucket.run(['compact', `--table=${bucket.url('orders/')}`, '--quietMinutes=0', '--graceMinutes=0', '--publish=glue', '--glueTable=shop.orders', '--minFiles=3', `--versions=${bucket.url('versions/')}`])
  const shown = async (): Promise<string[]> => (await bucket.keys((await location()).slice(bucket.url('').length)))

  for (const name of ['1', '9', '10']) {
    await bucket.put(`${folder}orders+0+${name}.json`, `${name}\n`)
    await bucket.put(`${folder}orders+0+${name}.keys.json`, `"key ${name}"\n`)
  }
  t.match(await run(), { code: 0, out: /: compacted/ })
  const [joined = '', ...others] = await shown()
  t.same(others, [])
  t.equal(await bucket.text(joined), '1\n9\n10\n')
  const [keys = ''] = await bucket.keys(folder)
  t.equal(keys, `${folder}${joined.split('/').at(-1)!.replace('.json', '.keys.json')}`)
  t.equal(await bucket.text(keys), '"key 1"\n"key 9"\n"key 10"\n')

  await bucket.put(`${folder}orders+0+11.json`, '11\n')
  await bucket.put(`${folder}orders+0+11.keys.json`, '"key 11"\n')
  t.match(await run(), { code: 0, out: /: compacted/ })
  t.same((await Promise.all((await shown()).map(key => bucket.text(key)))).join('').split('\n').toSorted(), ['', '1', '10', '11', '9'])
  t.ok((await shown()).every(key => !key.includes('.keys.')))
  t.match(await run(), { code: 0, out: /^[^\n]+: nothing to do\.$/ })
  t.same(await bucket.keys(`${folder}_s3-compact/`), [])

  for (const name of ['13', '12']) {
    await bucket.put(`${folder}orders+0+${name}.json`, `${name}\n`)
    await bucket.put(`${folder}orders+0+${name}.keys.json`, `"key ${name}"\n`)
  }
  t.match(await run(), { code: 0, out: /: compacted/ })
  const [all = '', ...more] = await shown()
  t.same(more, [])
  t.equal(await bucket.text(all), '1\n9\n10\n11\n12\n13\n', 'records stand in their order, wherever their files were')
  t.equal(await bucket.text(`${folder}${all.split('/').at(-1)!.replace('.json', '.keys.json')}`), [1, 9, 10, 11, 12, 13].map(id => `"key ${id}"\n`).join(''))
  t.equal((await bucket.keys()).length, 2, 'nothing else is left')
})

t.test('files of JSON lines are not shown among those of Parquet', async t => {
  const glue = await openGlue(t)
  const bucket = await Bucket.create(t)
  const folder = 'orders/ot=2019111223/'
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }))
  await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput: { Name: 'orders', PartitionKeys: [{ Name: 'ot', Type: 'string' }], StorageDescriptor: { Columns: [{ Name: 'a', Type: 'bigint' }], Location: bucket.url('orders/') } } }))
  await glue.send(new CreatePartitionCommand({ DatabaseName: 'shop', TableName: 'orders', PartitionInput: { Values: ['2019111223'], StorageDescriptor: { Location: bucket.url(folder) } } }))
  const run = (...more: string[]): Promise<{ code: number, out: string }> =>
    bucket.run(['compact', `--location=${bucket.url(folder)}`, '--quietMinutes=0', '--graceMinutes=0', '--publish=glue', '--glueTable=shop.orders', ...more])
  for (const name of ['a', 'b']) await bucket.put(`${folder}${name}.json`, '{"a":1}\n')
  t.match(await run('--format=parquet'), { code: 0, out: /: compacted/ })
  await bucket.put(`${folder}late.json`, '{"a":2}\n')
  t.match(await run(), { code: 2, out: /late\.json and .*\.parquet cannot be shown together: give --format=parquet/ })
  t.match(await run('--format=parquet'), { code: 0, out: /: compacted/ }, 'one is enough')
  t.match(await bucket.keys(), [/\.parquet$/, /\.parquet$/])
})

t.test('rows of Parquet have the columns of the table in Glue, and the partition is read as Parquet from then on', async t => {
  const glue = await openGlue(t)
  const bucket = await Bucket.create(t)
  const folder = 'orders/ot=2019111223/'
  const columns = [['orderid', 'bigint'], ['price', 'decimal(10,2)'], ['units', 'float'], ['placed', 'timestamp'], ['day', 'date'], ['address', 'struct<city:string,tags:array<int>>']]
  const descriptor = {
    Columns: columns.map(([Name, Type]) => ({ Name: Name!, Type: Type! })), Location: bucket.url('orders/'),
    InputFormat: 'org.apache.hadoop.mapred.TextInputFormat', SerdeInfo: { SerializationLibrary: 'org.apache.hive.hcatalog.data.JsonSerDe' }
  }
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }))
  await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput: { Name: 'orders', PartitionKeys: [{ Name: 'ot', Type: 'string' }], StorageDescriptor: descriptor } }))
  await glue.send(new CreatePartitionCommand({ DatabaseName: 'shop', TableName: 'orders', PartitionInput: { Values: ['2019111223'], StorageDescriptor: { ...descriptor, Location: bucket.url(folder) } } }))
  await bucket.put(`${folder}a.json`, '{"orderId":9007199254740993,"price":12.5,"units":0.1,"placed":1573573055000,"day":18212,"address":{"city":"Xi\u2019an","tags":[1,2]}}\n')
  await bucket.put(`${folder}b.json`, '{"orderid":2,"price":-12345678.91,"placed":"2019-11-12T15:37:35Z","day":"2019-11-12"}\n{"orderid":null}\n')
  t.match(await bucket.run(['compact', `--location=${bucket.url(folder)}`, '--quietMinutes=0', '--graceMinutes=0', '--publish=glue', '--glueTable=shop.orders', '--format=parquet']), { code: 0, out: /compacted/ })
  const { Partition } = await glue.send(new GetPartitionCommand(partition))
  t.match(Partition?.StorageDescriptor, {
    InputFormat: /MapredParquetInputFormat$/, OutputFormat: /MapredParquetOutputFormat$/, SerdeInfo: { SerializationLibrary: /ParquetHiveSerDe$/ }, Columns: descriptor.Columns
  })
  const [key = ''] = await bucket.keys((Partition?.StorageDescriptor?.Location ?? '').slice(bucket.url('').length))
  const bytes = await bucket.get(key)
  t.same(await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer }), [
    { orderid: 9007199254740993n, price: 12.5, units: Math.fround(0.1), placed: new Date(1_573_573_055_000), day: new Date('2019-11-12'), address: { city: 'Xi\u2019an', tags: [1, 2] } },
    { orderid: 2n, price: -12345678.91, units: null, placed: new Date(1_573_573_055_000), day: new Date('2019-11-12'), address: null },
    { orderid: null, price: null, units: null, placed: null, day: null, address: null }
  ])
})
