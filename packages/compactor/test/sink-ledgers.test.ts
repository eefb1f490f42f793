import { awsEndpoint, faults, startFaultProxy, until } from '@tributary/testing'
import t from 'tap'
import { createBucket, createSink, idsOf, order, range, sinkConfig } from '../../sink-s3-partitioned/test/helpers.ts'
import { command } from '../src/command.ts'

t.test('objects of a commit that a sink died in are left alone until it has been finished', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const compact = async (): Promise<string> => {
    const said: string[] = []
    const voice = { say: (sentence: string) => { said.push(sentence) }, complain: (sentence: string) => { said.push(sentence) } }
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test'
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'testsecret'
    await command(['compact', `--location=s3://${bucket.name}/topics/orders/a/`, '--quietMinutes=0', `--s3Endpoint=${awsEndpoint()}`], voice)
    return said.join(' ')
  }
  const config = sinkConfig(bucket.name, { 'flush.size': '1' })
  const first = await createSink(t, { ...config, 'store.url': proxy.url, 's3.part.retries': '0' })
  // The claim was one write of the ledger, the decision is another; that the commit is over is never written.
  let writes = 0
  proxy.plan(({ method, path }) => method === 'PUT' && /_tributary\/.*\.json(\?|$)/.test(path) && ++writes > 1 ? faults.slowDown() : null)
  await first.task.put(range(0, 4).map(offset => order(offset, 'a')))
  await until('all are published, and it tries to write the ledger', async () => (await bucket.keys()).length === 4 && writes > 1)
  first.giveUp.abort()
  t.match(await compact(), /a sink has yet to finish its commit/)
  t.equal((await bucket.keys()).length, 4)

  const second = await createSink(t, config)
  t.equal(second.seeks[0]?.offset, 4)
  t.match(await compact(), /: compacted/)
  t.equal((await bucket.keys()).length, 1)
  await createSink(t, config)
  t.same(idsOf(await bucket.lines()), range(0, 4).map(String))
})

t.test('keys of a sink are joined beside its values, and what it wrote about them holds', async t => {
  const bucket = await createBucket(t)
  const { task } = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '2', 'store.kafka.keys': 'true', 'keys.format.class': 'json', 'filename.offset.zero.pad.width': '0', 's3.compression.type': 'gzip' }))
  const records = range(0, 24).map(offset => order(offset, 'a', { key: `key ${offset}` }))
  await task.put(records)
  await until('all are published', async () => (await bucket.keys()).filter(key => key.endsWith('.gz')).length === 24)
  const said: string[] = []
  const hear = (sentence: string): void => { said.push(sentence) }
  t.equal(await command(['compact', `--location=s3://${bucket.name}/topics/orders/a/`, '--quietMinutes=0', `--s3Endpoint=${awsEndpoint()}`], { say: hear, complain: hear }), 0, said.join())
  t.match(said, [/: compacted/])
  const keys = (await bucket.keys()).filter(key => key.endsWith('.gz'))
  t.match(keys, [/compact-\S+-\w+\.json\.gz$/, /compact-\S+-\w+\.keys\.json\.gz$/])
  t.same((await bucket.lines(keys[0])).map(line => (JSON.parse(line) as { orderid: string }).orderid), range(0, 24).map(String))
  t.same(await bucket.lines(keys[1]), records.map(({ key }) => JSON.stringify(key)))
})

t.test('what is no ledger is named', async t => {
  const bucket = await createBucket(t)
  const { PutObjectCommand } = await import('@aws-sdk/client-s3')
  for (const Key of ['t/a.json', 't/b.json', 'mine/x.json']) await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: 'no JSON' }))
  const complaints: string[] = []
  const code = await command(['compact', `--location=s3://${bucket.name}/t/`, '--quietMinutes=0', '--ledgerPrefix=mine', `--s3Endpoint=${awsEndpoint()}`], { say () {}, complain: sentence => { complaints.push(sentence) } })
  t.equal(code, 1)
  t.match(complaints.join(' '), /mine\/x\.json is not the ledger of a sink/)
})
