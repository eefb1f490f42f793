import { CreateDatabaseCommand, CreatePartitionCommand, CreateTableCommand, GetPartitionCommand, GlueClient } from '@aws-sdk/client-glue'
import { startGlue } from '@tributary/testing'
import t from 'tap'
import { Bucket } from './bucket.ts'

const partition = { DatabaseName: 'shop', TableName: 'orders', PartitionValues: ['2019111223'] }

t.test('a partition in Glue moves to its new files in one step', async t => {
  const endpoint = await startGlue(t)
  const glue = new GlueClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' } })
  const bucket = await Bucket.create(t)
  process.env['TRIBUTARY_GLUE'] = endpoint
  t.teardown(() => {
    delete process.env['TRIBUTARY_GLUE']
    glue.destroy()
  })
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
