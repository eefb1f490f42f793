import { CreateDatabaseCommand, GetPartitionsCommand, GetTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { faults, startFaultProxy, startGlue } from '@tributary/testing'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createBucket, createSink, order, region, sinkConfig } from './helpers.ts'

t.test('Glue', async t => {
  const endpoint = await startGlue(t)
  const glue = new GlueClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' } })
  t.teardown(() => { glue.destroy() })
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }))

  await t.test('tables are made and partitions registered once their objects are visible, more than one call takes', async t => {
    const bucket = await createBucket(t)
    const proxy = await startFaultProxy(endpoint)
    t.teardown(() => proxy.stop())
    const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'glue.database': 'shop', 'glue.endpoint': proxy.url }))
    proxy.plan(faults.every(3, [faults.json(500, 'InternalServiceException')]))
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
      'transforms.p.type': 'tributary.transforms.EventTimePartition', 'transforms.p.format': "'ot='yyyyMMddHH/"
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
  t.match(readFileSync(file, 'utf8'), 'CREATE EXTERNAL TABLE IF NOT EXISTS `default`.`orders` (\n  `orderid` bigint,\n  `address` struct<city:string>\n)\n')
})
