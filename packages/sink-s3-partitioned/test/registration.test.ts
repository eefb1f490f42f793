import { CreateDatabaseCommand, CreateTableCommand, DeleteTableCommand, GetPartitionsCommand, GetTableCommand, GlueClient, UpdatePartitionCommand } from '@aws-sdk/client-glue'
import type { Column } from '@aws-sdk/client-glue'
import { Decimal, schema, TypedNumber } from '@tributary/plugin'
import { faults, startFaultProxy, startGlue, until } from '@tributary/testing'
import type { Fault, FaultPlan } from '@tributary/testing'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createBucket, createSink, order, orders, parsedConfig, region, sinkConfig } from './helpers.ts'
import { s3PartitionedSink, s3RawCopy } from '../src/sink.ts'

function columnTexts (columns: readonly Column[] | undefined): string[] { return (columns ?? []).map(({ Name, Type }) => `${Name} ${Type}`) }

/** A fault for the calls of one operation of Glue. */
function onCall (operation: string, fault: Fault): FaultPlan {
  return ({ headers }) => headers['x-amz-target'] === `AWSGlue.${operation}` ? fault : null
}

t.test('Glue', async t => {
  const endpoint = await startGlue(t)
  const glue = new GlueClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' } })
  t.teardown(() => { glue.destroy() })
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }))

  const tableOf = async (table: string) => (await glue.send(new GetTableCommand({ DatabaseName: 'shop', Name: table }))).Table
  const partitionsOf = async (table: string) => ((await glue.send(new GetPartitionsCommand({ DatabaseName: 'shop', TableName: table }))).Partitions ?? [])
    .toSorted((a, b) => String(a.Values) < String(b.Values) ? -1 : 1)
  const catalog = (table: string, more: Record<string, string> = {}): Record<string, string> => ({ 'flush.size': '1', 'glue.database': 'shop', 'glue.table': table, 'glue.endpoint': endpoint, ...more })

  await t.test('tables are made and partitions registered once their objects are visible, more than one call takes', async t => {
    const bucket = await createBucket(t)
    const proxy = await startFaultProxy(endpoint)
    t.teardown(() => proxy.stop())
    const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'glue.database': 'shop', 'glue.endpoint': proxy.url }))
    proxy.plan(faults.every(4, [faults.json(500, 'InternalServiceException')]))
    await sink.task.put(Array.from({ length: 250 }, (_, i) => order(i, `ot=${2_019_111_200 + i}/`)))
    await sink.committed(250)
    // Registered again by a task that knows nothing of the first.
    const second = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'glue.database': 'shop', 'glue.endpoint': endpoint }))
    await second.task.put([order(250, 'ot=2019111200/', { value: { orderid: '250', OT: 'repeated', price: 1.5 } }), order(251, 'ot=2019999999/')])
    await second.committed(252)
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'shop', Name: 'orders' }))
    t.same(Table?.StorageDescriptor?.Columns?.map(({ Name, Type }) => `${Name} ${Type}`), ['orderid string', 'itemid string', 'price double'])
    t.same(Table?.PartitionKeys?.map(({ Name, Type }) => `${Name} ${Type}`), ['ot string'])
    const { Partitions = [] } = await glue.send(new GetPartitionsCommand({ DatabaseName: 'shop', TableName: 'orders' }))
    t.equal(Partitions.length, 251)
    t.ok(Partitions.some(({ Values, StorageDescriptor }) => Values?.[0] === '2019111207' && StorageDescriptor?.Location === `s3://${bucket.name}/topics/orders/ot=2019111207/`))
  })

  await t.test('projection replaces registration', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, {
      'flush.size': '1', 'glue.database': 'shop', 'glue.table': 'projected', 'glue.endpoint': endpoint, 'glue.projection': 'true', 'glue.projection.from': '2019010100',
      transforms: 'p', 'transforms.p.type': 'tributary.transforms.EventTimePartition', 'transforms.p.format': "'ot='yyyyMMddHH/"
    }))
    await sink.task.put([order(0)])
    await sink.committed(1)
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'shop', Name: 'projected' }))
    t.match(Table?.Parameters, {
      'projection.enabled': 'true', 'projection.ot.type': 'date', 'projection.ot.format': 'yyyyMMddHH', 'projection.ot.range': '2019010100,NOW', 'projection.ot.interval.unit': 'HOURS',
      'storage.location.template': `s3://${bucket.name}/topics/orders/ot=\${ot}/`
    })
    const { Partitions } = await glue.send(new GetPartitionsCommand({ DatabaseName: 'shop', TableName: 'projected' }))
    t.same(Partitions, [])
  })

  await t.test('a table that is there gets the properties of the projection, but not in place of its own', async t => {
    const bucket = await createBucket(t)
    const projected = { 'glue.projection': 'true', 'glue.projection.from': '2019', 'partitioner.class': 'DailyPartitioner', locale: 'en', timezone: 'Asia/Shanghai', 'timestamp.extractor': 'Record' }
    const store = async (offset: number, more: Record<string, string>): Promise<Record<string, string> | undefined> => {
      const sink = await createSink(t, sinkConfig(bucket.name, { ...catalog('later_projected', more), name: `p${offset}` }))
      await sink.task.put([order(offset, more['glue.projection'] === undefined ? 'year=2019/month=11/day=12/' : '')])
      await sink.committed(offset + 1)
      return (await tableOf('later_projected'))?.Parameters
    }
    await store(0, {})
    t.match(await store(1, projected), { EXTERNAL: 'TRUE', 'projection.month.type': 'integer', 'projection.year.range': '2019,NOW+8HOURS', 'storage.location.template': `s3://${bucket.name}/topics/orders/year=\${year}/month=\${month}/day=\${day}/` })
    t.match(await store(2, { ...projected, 'glue.projection.from': '2018' }), { 'projection.year.range': '2019,NOW+8HOURS' })
  })

  await t.test('late records of late.policy=side stay out of the table and hold nothing up', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('late', { 'late.policy': 'side', 'late.after.ms': '1000', 'timestamp.extractor': 'Record' })))
    await sink.task.put([order(0, 'ot=2/', { timestamp: 10_000 }), order(1, 'ot=1/', { timestamp: 0 }), order(2, '', { timestamp: 0 })])
    await sink.committed(3)
    t.same(await bucket.keys(), ['topics/orders/late=true/ot=1/orders+0+0000000001.json', 'topics/orders/late=true/partition=0/orders+0+0000000002.json', 'topics/orders/ot=2/orders+0+0000000000.json'])
    t.same((await partitionsOf('late')).map(({ Values }) => Values), [['2']])
    t.same(sink.warnings.filter(sentence => sentence.includes('no partition')), [])
  })

  await t.test('directories with other keys than the table are told of once, counted and left out', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('strays')))
    await sink.task.put([order(0, 'ot=1/')])
    await sink.committed(1)
    await sink.task.put([order(1, 'undated/'), order(2, 'country=DE/'), order(3, 'country=FR/'), order(4, 'OT=2/'), order(5, 'ot=3/country=DE/')])
    await sink.committed(6)
    await sink.task.put([order(6, 'country=DE/')])
    await sink.committed(7)
    t.same((await partitionsOf('strays')).map(({ Values }) => Values), [['1'], ['2']])
    t.equal(sink.counts.get('unregistered_directories'), 4)
    t.same(sink.warnings.filter(sentence => sentence.includes('no partition')).map(sentence => /^Directory (\S+) .* the partition columns ot\./.exec(sentence)?.[1]), ['undated', 'country=DE', 'ot=3/country=DE'])
  })

  await t.test('what Glue refuses for good fails the task with a sentence, what it may take later is tried again', async t => {
    const bucket = await createBucket(t)
    const proxy = await startFaultProxy(endpoint)
    t.teardown(() => proxy.stop())
    const answer = (code: string): Fault => ({
      kind: 'answer', status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ Errors: [{ PartitionValues: ['1'], ErrorDetail: { ErrorCode: code, ErrorMessage: 'as it is' } }] })
    })
    const config = sinkConfig(bucket.name, catalog('refused', { 'glue.endpoint': proxy.url }))
    const sink = await createSink(t, config)
    proxy.plan(onCall('BatchCreatePartition', answer('InvalidInputException')))
    await sink.task.put([order(0, 'ot=1/')])
    await t.rejects(sink.committed(1), { code: 'GLUE', kind: 'system', message: /^Cannot register 1 partitions, such as 1, of shop.refused in Glue: InvalidInputException: as it is Mend it/ })
    let times = 0
    proxy.plan(request => ++times < 4 ? onCall('BatchCreatePartition', answer('InternalServiceException'))(request) : null)
    const second = await createSink(t, config)
    await second.committed(1)
    t.same((await partitionsOf('refused')).map(({ Values }) => Values), [['1']])
    const third = await createSink(t, sinkConfig(bucket.name, { ...catalog('orders'), name: 'nowhere', 'glue.database': 'nowhere' }))
    await third.task.put([order(1, 'ot=2/')])
    await t.rejects(third.committed(2), { code: 'GLUE', message: /nowhere.*Make the database, or name another in glue.database/ })
  })

  await t.test('columns come from every record, and widen', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('evolved', { 'flush.size': '3' })))
    const put = async (offset: number, values: readonly unknown[]): Promise<void> => {
      await sink.task.put(values.map((value, i) => order(offset + i, 'ot=1/', { value })))
      await sink.committed(offset + values.length)
    }
    await put(0, [{ id: 1, none: null, list: [], a: { b: 1 } }, { id: 2, price: 1, none: null }, new Map<string, unknown>([['id', 2n ** 60n], ['city', 'x'], ['list', ['y']]])])
    t.same(columnTexts((await tableOf('evolved'))?.StorageDescriptor?.Columns), ['id bigint', 'list array<string>', 'a struct<b:bigint>', 'price bigint', 'city string'])
    await put(3, [{ id: 1, price: 1 }, { price: 1.5, none: true }, { id: 'x', a: { b: new TypedNumber('float64', 2), c: [{ D: 1 }] } }])
    const columns = ['id bigint', 'list array<string>', 'a struct<b:double,c:array<struct<d:bigint>>>', 'price double', 'city string', 'none boolean']
    t.same(columnTexts((await tableOf('evolved'))?.StorageDescriptor?.Columns), columns)
    t.same(columnTexts((await partitionsOf('evolved'))[0]?.StorageDescriptor?.Columns), columns, 'the partition is read by its own columns')
    t.same(sink.warnings.filter(sentence => sentence.includes('stays so')), ['id is bigint and stays so, though records have it as string.'])
  })

  await t.test('when a type widens, it does in all partitions', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('widened')))
    await sink.task.put(Array.from({ length: 150 }, (_, i) => order(i, `ot=${1000 + i}/`, { value: { id: 1 } })))
    await sink.committed(150)
    await sink.task.put([order(150, 'ot=2000/', { value: { id: 1.5 } })])
    await sink.committed(151)
    const partitions = await partitionsOf('widened')
    t.same(new Set(partitions.map(({ StorageDescriptor }) => columnTexts(StorageDescriptor?.Columns).join())), new Set(['id double']))
    t.equal(partitions.length, 151)
    t.equal(partitions[0]?.StorageDescriptor?.Location, `s3://${bucket.name}/topics/orders/ot=1000/`)
  })

  await t.test('a partition that is added while another task widens a type gets it too', async t => {
    const bucket = await createBucket(t)
    const proxy = await startFaultProxy(endpoint)
    t.teardown(() => proxy.stop())
    const slow = await createSink(t, sinkConfig(bucket.name, catalog('raced', { 'glue.endpoint': proxy.url })))
    await slow.task.put([order(0, 'ot=1/', { value: { id: 1 } })])
    await slow.committed(1)
    let isAdding = false
    proxy.plan(request => {
      isAdding ||= request.headers['x-amz-target'] === 'AWSGlue.BatchCreatePartition'
      return onCall('BatchCreatePartition', { kind: 'delay', ms: 1_500 })(request)
    })
    await slow.task.put([order(1, 'ot=2/', { value: { id: 1 } })])
    await until('a partition is being added', async () => isAdding)
    const quick = await createSink(t, sinkConfig(bucket.name, { ...catalog('raced'), name: 'quick', 'topics.dir': 'quick' }), [{ topic: 'orders', partition: 1 }])
    await quick.task.put([order(0, 'ot=3/', { partition: 1, originalPartition: 1, value: { id: 1.5 } })])
    await until('the type is wider', async () => {
      await quick.task.put([])
      return columnTexts((await tableOf('raced'))?.StorageDescriptor?.Columns).join() === 'id double'
    })
    t.notOk((await partitionsOf('raced')).some(({ Values }) => Values?.[0] === '2'), 'the other is still adding')
    await slow.committed(2)
    t.same((await partitionsOf('raced')).filter(({ Values }) => Values?.[0] !== '3').map(({ StorageDescriptor }) => columnTexts(StorageDescriptor?.Columns).join()), ['id double', 'id double'])
  })

  await t.test('partitions of Parquet keep the types of their files', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('parquet_widened', { 'format.class': 'parquet' })))
    await sink.task.put([order(0, 'ot=1/', { value: { id: 1 } })])
    await sink.committed(1)
    await sink.task.put([order(1, 'ot=2/', { value: { id: 1.5, note: 'x' } })])
    await sink.committed(2)
    t.same((await partitionsOf('parquet_widened')).map(({ StorageDescriptor }) => columnTexts(StorageDescriptor?.Columns).join()), ['id bigint,note string', 'id double,note string'])
  })

  await t.test('every schema counts, and a change keeps what others have given the table', async t => {
    const bucket = await createBucket(t)
    await glue.send(new CreateTableCommand({
      DatabaseName: 'shop',
      TableInput: {
        Name: 'structs', Description: 'Orders of the shop', Parameters: { classification: 'json' }, PartitionKeys: [{ Name: 'ot', Type: 'string' }],
        StorageDescriptor: { Columns: [{ Name: 'id', Type: 'int', Comment: 'of the order' }, { Name: 'at', Type: 'struct<a: string>' }, { Name: 'more', Type: 'varchar(3)' }], Location: 's3://elsewhere/' }
      }
    }))
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('structs', { 'flush.size': '2', 'json.decimal.format': 'NUMERIC' })))
    const first = schema.struct([['id', schema.of('int64')], ['more', schema.of('string')], ['ot', schema.of('string')]])
    const later = schema.struct([['id', schema.of('int64')], ['at', schema.struct([['A', schema.of('string')], ['date', schema.timestamp()]])], ['price', schema.decimal(2)], ['big', schema.decimal(40)]])
    await sink.task.put([
      order(0, 'ot=1/', { valueSchema: first, value: { id: 1n, more: 'x', ot: '1' } }),
      order(1, 'ot=1/', { valueSchema: later, value: { id: 1n, at: { A: 'x', date: new Date(0) }, price: new Decimal(100n, 2), big: new Decimal(1n, 40) } })
    ])
    await sink.committed(2)
    const table = await tableOf('structs')
    t.match(table, { Description: 'Orders of the shop', Parameters: { classification: 'json' }, StorageDescriptor: { Columns: [{ Name: 'id', Comment: 'of the order' }] } })
    t.same(columnTexts(table?.StorageDescriptor?.Columns), ['id bigint', 'at struct<a:string,date:bigint>', 'more varchar(3)', 'price decimal(38,2)', 'big double'])
    t.match(sink.warnings.join(' '), 'Table shop.structs: more is varchar(3) and stays so, though records have it as string.')
  })

  await t.test('a task that has seen no record makes the table of the commit that it finishes', async t => {
    const bucket = await createBucket(t)
    const proxy = await startFaultProxy(endpoint, () => faults.json(500, 'InternalServiceException'))
    t.teardown(() => proxy.stop())
    const first = await createSink(t, sinkConfig(bucket.name, catalog('restarted', { 'glue.endpoint': proxy.url })))
    await first.task.put([order(0, 'ot=1/', { value: { id: 1 } })])
    await until('Glue was asked', async () => proxy.faults > 0)
    first.giveUp.abort()
    await first.task.close?.([{ topic: 'orders', partition: 0 }], 'lost')
    const second = await createSink(t, sinkConfig(bucket.name, catalog('restarted')))
    await second.committed(1)
    t.same(columnTexts((await tableOf('restarted'))?.StorageDescriptor?.Columns), ['id bigint'])
    t.same((await partitionsOf('restarted')).map(({ Values }) => Values), [['1']])
  })

  for (const [name, definition, more] of [['altered', s3PartitionedSink, { 'format.class': 'bytes' }], ['altered_raw', s3RawCopy, { 'path.format': "'ot='1" }]] as const) await t.test(`altered offsets leave no partition unregistered: ${name}`, async t => {
    const bucket = await createBucket(t)
    const proxy = await startFaultProxy(endpoint, () => faults.json(500, 'InternalServiceException'))
    t.teardown(() => proxy.stop())
    const first = await createSink(t, sinkConfig(bucket.name, catalog(name, { ...more, 'glue.endpoint': proxy.url })), [orders], definition)
    await first.task.put([order(0, 'ot=1/', { value: Buffer.from('{"id":1}') })])
    await until('Glue was asked', async () => proxy.faults > 0)
    first.giveUp.abort()
    await first.task.close?.([{ topic: 'orders', partition: 0 }], 'lost')
    await definition.alterOffsets?.(sinkConfig(bucket.name, catalog(name, more)), [{ topic: 'orders', partition: 0, offset: 5 }])
    const prefix = definition === s3RawCopy ? 'raw' : 'topics'
    t.equal((await bucket.keys(`${prefix}/orders/ot=1/`)).length, 1)
    t.same((await partitionsOf(name)).map(({ StorageDescriptor }) => StorageDescriptor?.Location), [`s3://${bucket.name}/${prefix}/orders/ot=1/`])
  })

  await t.test('a table is not made before a record has shown columns', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('unseen', { 'format.class': 'bytes' })))
    await sink.task.put([order(0, 'ot=1/', { value: Buffer.from('no JSON') })])
    await sink.committed(1)
    await t.rejects(tableOf('unseen'), { name: 'EntityNotFoundException' })
    t.match(sink.warnings.join(' '), 'Topic orders has no table yet: its records have shown no columns.')
    await sink.task.put([order(1, 'ot=2/', { value: Buffer.from('{"id":1}') })])
    await sink.committed(2)
    t.same((await partitionsOf('unseen')).map(({ Values }) => Values), [['1'], ['2']])
  })

  await t.test('without columns, partitions are registered where there is a table', async t => {
    const bucket = await createBucket(t)
    await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput: { Name: 'upgraded', PartitionKeys: [{ Name: 'ot', Type: 'string' }], StorageDescriptor: { Columns: [{ Name: 'id', Type: 'bigint' }] } } }))
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('upgraded', { 'format.class': 'bytes' })))
    await sink.task.put([order(0, 'ot=1/', { value: Buffer.from('no JSON') })])
    await sink.committed(1)
    t.same((await partitionsOf('upgraded')).map(({ Values }) => Values), [['1']])
    t.same(columnTexts((await tableOf('upgraded'))?.StorageDescriptor?.Columns), ['id bigint'])
  })

  await t.test('names that Avro objects and catalogs have in different letters are told of', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('avro_names', { 'format.class': 'avro' })))
    await sink.task.put([order(0, 'ot=1/', { value: { orderId: 1, at: { City: 'x' } } })])
    await sink.committed(1)
    t.same(sink.warnings.flatMap(sentence => /^The field (.*?) is a column in small letters/.exec(sentence)?.[1] ?? []), ['orderId', 'at.City'])
  })

  await t.test('value.schema declares the columns', async t => {
    const bucket = await createBucket(t)
    const declared = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }, { name: 'note', type: ['null', 'string'], default: null }] }
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('declared', { 'format.class': 'parquet', 'value.schema': JSON.stringify(declared) })))
    await sink.task.put([order(0, 'ot=1/', { value: { id: 1 } })])
    await sink.committed(1)
    t.same(columnTexts((await tableOf('declared'))?.StorageDescriptor?.Columns), ['id bigint', 'note string'])
  })

  await t.test('fields that no table can have are told of', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('names')))
    await sink.task.put([order(0, 'ot=1/', { value: { 'address.city': 'x', 'order-id': 1, A: 1, a: 2, b: { 'c-d': 1, e: 1 }, f: { 'g:h': 1 } } })])
    await sink.committed(1)
    t.same(columnTexts((await tableOf('names'))?.StorageDescriptor?.Columns), ['order-id bigint', 'a bigint', 'b struct<e:bigint>'])
    t.same(sink.warnings.flatMap(sentence => /^The field (.*?) is in the objects, but/.exec(sentence)?.[1] ?? []), ['address.city', 'a', 'b.c-d', 'f.g:h'])
  })

  await t.test('a table of other objects is told of, where they have the place of ours', async t => {
    const bucket = await createBucket(t)
    const store = async (offset: number, name: string, directory: string, more: Record<string, string>) => {
      const sink = await createSink(t, sinkConfig(bucket.name, { ...catalog('moved'), name, ...more }))
      await sink.task.put([order(offset, directory), order(offset + 1, `${directory.slice(0, -2)}2/`)])
      await sink.committed(offset + 2)
      return { told: sink.warnings.filter(sentence => /^Table \w+ is over /.test(sentence)).length, strays: sink.counts.get('unregistered_directories') ?? 0 }
    }
    t.same(await store(0, 'a', 'ot=1/', { 'topics.dir': 'old' }), { told: 0, strays: 0 })
    t.same(await store(0, 'b', 'ot=1/', { 'topics.dir': 'new' }), { told: 1, strays: 2 })
    t.same(await store(0, 'c', 'ot=3/', { 'topics.dir': 'more' }), { told: 1, strays: 1 }, 'ot=2 is taken, ot=3 is free')
    t.same((await partitionsOf('moved')).map(({ StorageDescriptor }) => StorageDescriptor?.Location?.split('/')[3]), ['old', 'old', 'more'])
    await glue.send(new UpdatePartitionCommand({
      DatabaseName: 'shop', TableName: 'moved', PartitionValueList: ['1'],
      PartitionInput: { Values: ['1'], StorageDescriptor: { ...(await partitionsOf('moved'))[0]?.StorageDescriptor, Location: `s3://${bucket.name}/old/orders.compacted/ot=1/` } }
    }))
    t.same(await store(2, 'd', 'ot=1/', { 'topics.dir': 'old' }), { told: 0, strays: 0 }, 'a compactor may move partitions of our table')
    t.match((await partitionsOf('moved'))[0]?.StorageDescriptor?.Location, 'orders.compacted')
    t.same(await store(0, 'e', 'x1/', { 'topics.dir': 'old', 'glue.table': 'flat' }), { told: 0, strays: 0 })
    t.same(await store(0, 'f', 'x1/', { 'topics.dir': 'new', 'glue.table': 'flat' }), { told: 1, strays: 2 })
  })

  await t.test('a table that is dropped gets all directories again that get objects', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('dropped')))
    await sink.task.put([order(0, 'ot=1/'), order(1, 'ot=2/')])
    await sink.committed(2)
    await glue.send(new DeleteTableCommand({ DatabaseName: 'shop', Name: 'dropped' }))
    await sink.task.put([order(2, 'ot=3/')])
    await sink.committed(3)
    await sink.task.put([order(3, 'ot=1/'), order(4, 'ot=2/')])
    await sink.committed(5)
    t.same((await partitionsOf('dropped')).map(({ Values }) => Values), [['1'], ['2'], ['3']])
  })

  await t.test('two topics do not share a table', async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, catalog('shared')))
    await sink.task.put([order(0, 'ot=1/'), order(1, 'ot=2/', { topic: 'refunds', originalTopic: 'orders' })])
    await sink.committed(2)
    t.same((await partitionsOf('shared')).map(({ Values }) => Values), [['1']])
    t.match(sink.warnings.join(' '), 'Topic refunds has no table: shared is that of topic orders.')
  })
})

t.test('HiveQL is written for catalogs without an API', async t => {
  const bucket = await createBucket(t)
  const file = join(mkdtempSync(join(tmpdir(), 'ddl-')), 'orders.sql')
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'hive.ddl.file': file }))
  await sink.task.put([order(0, "ot=1/state=O'Hara/")])
  await sink.committed(1)
  await sink.task.put([order(1, "ot=1/state=O'Hara/"), order(2, 'ot=2/state=x%2Fy/')])
  await sink.committed(3)
  const text = readFileSync(file, 'utf8')
  t.match(text, /^CREATE EXTERNAL TABLE IF NOT EXISTS `default`.`orders` \(\n {2}`orderid` string,\n {2}`itemid` string\n\)\nPARTITIONED BY \(`ot` string, `state` string\)\n/)
  t.equal(text.split('ALTER TABLE').length, 3, 'each partition once')
  t.match(text, "ALTER TABLE `default`.`orders` ADD IF NOT EXISTS\n  PARTITION (`ot`='1', `state`='O\\'Hara') LOCATION")
  t.match(text, `PARTITION (\`ot\`='2', \`state\`='x/y') LOCATION 's3://${bucket.name}/topics/orders/ot=2/state=x%2Fy/';`)
})

t.test('columns of bytes are those of the JSON that they hold', async t => {
  const bucket = await createBucket(t)
  const file = join(mkdtempSync(join(tmpdir(), 'ddl-')), 'orders.sql')
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'format.class': 'bytes', 'hive.ddl.file': file }))
  await sink.task.put([order(0, 'ot=1/', { value: Buffer.from('{"orderid":9007199254740993,"address":{"city":"x"}}') })])
  await sink.committed(1)
  t.match(readFileSync(file, 'utf8'), 'CREATE EXTERNAL TABLE IF NOT EXISTS `default`.`orders` (\n  `orderid` bigint,\n  `address` struct<`city`:string>\n)\n')
})

t.test('a file of HiveQL gets every change of the table once, through restarts and from several tasks', async t => {
  const bucket = await createBucket(t)
  const file = join(mkdtempSync(join(tmpdir(), 'ddl-')), 'orders.sql')
  const config = sinkConfig(bucket.name, { 'flush.size': '1', 'hive.ddl.file': file })
  const first = await createSink(t, config)
  await first.task.put([order(0, 'ot=1/', { value: { id: 1 } })])
  await first.committed(1)
  await first.task.put([order(1, 'ot=1/', { value: { id: 1.5, c: { date: 1 } } })])
  await first.committed(2)
  t.match(readFileSync(file, 'utf8'), 'ALTER TABLE `default`.`orders` CHANGE COLUMN `id` `id` double;\nALTER TABLE `default`.`orders` ADD COLUMNS (\n  `c` struct<`date`:bigint>\n);\n')
  const second = await createSink(t, config)
  await second.task.put([order(2, 'ot=1/', { value: { id: 1, c: { date: 1 } } })])
  await second.committed(3)
  await second.task.put([order(3, 'ot=1/', { value: { id: 1, c: { date: 1.5, x: true } } })])
  await second.committed(4)
  await first.task.close?.([{ topic: 'orders', partition: 0 }], 'lost')
  const text = readFileSync(file, 'utf8')
  t.same(text.match(/^(CREATE|ALTER).*$/gm), [
    'CREATE EXTERNAL TABLE IF NOT EXISTS `default`.`orders` (',
    'ALTER TABLE `default`.`orders` ADD IF NOT EXISTS',
    'ALTER TABLE `default`.`orders` CHANGE COLUMN `id` `id` double;',
    'ALTER TABLE `default`.`orders` ADD COLUMNS (',
    'ALTER TABLE `default`.`orders` ADD IF NOT EXISTS',
    'ALTER TABLE `default`.`orders` CHANGE COLUMN `c` `c` struct<`date`:double,`x`:boolean>;'
  ])
})

for (const [what, kept] of [['CREATE EXTERNAL TABLE', 90], ['ALTER TABLE', -20], ['no statement', 5_000]] as const) t.test(`a file of HiveQL that ends within a statement is mended: ${what}`, async t => {
  const bucket = await createBucket(t)
  const file = join(mkdtempSync(join(tmpdir(), 'ddl-')), 'orders.sql')
  const config = sinkConfig(bucket.name, { 'flush.size': '1', 'hive.ddl.file': file })
  const first = await createSink(t, config)
  await first.task.put([order(0, 'ot=1/')])
  await first.committed(1)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.slice(0, kept))
  const second = await createSink(t, config)
  await second.task.put([order(1, 'ot=2/')])
  await second.committed(2)
  t.same(second.warnings.flatMap(sentence => /ended within a statement.*: (CREATE EXTERNAL TABLE|ALTER TABLE)/.exec(sentence)?.[1] ?? 'other'), what === 'no statement' ? [] : [what])
  const added = (ot: number): string => `ALTER TABLE \`default\`.\`orders\` ADD IF NOT EXISTS\n  PARTITION (\`ot\`='${ot}') LOCATION 's3://${bucket.name}/topics/orders/ot=${ot}/';\n`
  t.equal(readFileSync(file, 'utf8'), (what === 'no statement' ? text : text.slice(0, text.indexOf('ALTER'))) + added(2))
})

t.test('tables need directories that end in slashes', async t => {
  const problems = await s3PartitionedSink.validate?.(parsedConfig(sinkConfig('bucket', { 'hive.ddl.file': '/tmp/x.sql', 'directory.delim': '|' })), {})
  t.match(problems, [{ key: 'directory.delim', message: 'Invalid value | for configuration directory.delim' }])
})
