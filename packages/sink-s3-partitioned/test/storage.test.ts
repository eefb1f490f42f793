import { GetObjectTaggingCommand, HeadObjectCommand, ListMultipartUploadsCommand, CreateMultipartUploadCommand } from '@aws-sdk/client-s3'
import { awsEndpoint, faults, startFaultProxy, until } from '@tributary/testing'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { abandonOldUploads } from '../src/old-uploads.ts'
import { openBucket } from '../src/client.ts'
import { createBucket, createSink, order, orders, parsedConfig, sinkConfig } from './helpers.ts'

t.test('objects are tagged and encrypted as configured, and say what they hold', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, {
    'flush.size': '2', 's3.ssea.name': 'AES256', 's3.object.tagging': 'true', 's3.object.tagging.key.value.pairs': 'team:shop,stage:test'
  }))
  await sink.task.put([order(3, 'a'), order(7, 'a')])
  await sink.committed(8)
  const at = { Bucket: bucket.name, Key: 'topics/orders/a/orders+0+0000000003.json' }
  const { TagSet = [] } = await bucket.client.send(new GetObjectTaggingCommand(at))
  t.same(Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value])), { startOffset: '3', endOffset: '7', recordCount: '2', team: 'shop', stage: 'test' })
  const head = await bucket.client.send(new HeadObjectCommand(at))
  t.equal(head.ServerSideEncryption, 'AES256')
  t.match(head.Metadata, { 'tributary-topic': 'orders', 'tributary-partition': '0', 'tributary-first': '3', 'tributary-last': '7', 'tributary-records': '2' })
})

t.test('a KMS key without aws:kms is not used, and told', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  let named = 0
  proxy.plan(({ headers }) => {
    if (headers['x-amz-server-side-encryption-aws-kms-key-id'] !== undefined) named++
    return null
  })
  const sink = await createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url, 'flush.size': '1', 's3.sse.kms.key.id': 'key' }))
  await sink.task.put([order(0, 'a')])
  await sink.committed(1)
  t.equal(named, 0)
  t.match(sink.warnings, [/s3\.sse\.kms\.key\.id is not used: it needs s3\.ssea\.name=aws:kms/])
})

t.test('denied access is one sentence of kind config', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const denied = { kind: 'answer' as const, status: 403, headers: { 'content-type': 'application/xml' }, body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>' }
  proxy.plan(() => denied)
  await t.rejects(createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url })), { kind: 'config', message: /Cannot use bucket .* the credentials/ })
  proxy.plan(({ method }) => method === 'PUT' ? denied : null)
  await t.rejects(createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url })), { kind: 'config', message: /AccessDenied .* s3:PutObject/ })
})

t.test('a bucket that answers without a body is told in a sentence, and so is its region', async t => {
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const raw = sinkConfig('b', { 'store.url': proxy.url, 's3.part.retries': '0' })
  for (const [status, headers, message] of [
    [301, { 'x-amz-bucket-region': 'eu-west-1' }, /Bucket b is in region eu-west-1, not us-east-1\. Check .* s3\.region/], [400, { 'x-amz-bucket-region': 'eu-west-1' }, /Bucket b is in region eu-west-1/],
    [403, { 'x-amz-bucket-region': 'us-east-1' }, /Bucket b denies access \(HTTP 403\): the credentials need s3:ListBucket/], [404, {}, /Bucket b does not exist/]
  ] as const) {
    proxy.plan(() => ({ kind: 'answer', status, headers }))
    await t.rejects(openBucket(parsedConfig(raw), new AbortController().signal), { kind: 'config', message }, String(status))
  }
})

t.test('a user and password in an address are not told', async t => {
  const raw = sinkConfig('b', { 'store.url': 'http://joe:hunter2@127.0.0.1:1', 's3.part.retries': '0' })
  await t.rejects(openBucket(parsedConfig(raw), new AbortController().signal), { kind: 'transient', message: /^Cannot reach bucket b in http:\/\/127\.0\.0\.1:1\./ })
})

t.test('a store that takes requests and answers none is not waited for without end', async t => {
  const silent = createTcpServer(socket => { socket.on('error', () => {}) }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const raw = sinkConfig('b', { 'store.url': `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, 's3.part.retries': '0' })
  await t.rejects(openBucket(parsedConfig(raw), new AbortController().signal, 300), { kind: 'transient', message: /^Cannot reach bucket b/ })
})

t.test('uploads that crashed tasks left behind are aborted when they are a week old', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name)
  await bucket.client.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: 'topics/orders/a/orders+0+0000000000.json' }))
  const store = await openBucket(parsedConfig(raw), new AbortController().signal)
  t.teardown(() => { store.close() })
  const log = { error () {}, warn () {}, info () {}, debug () {} }
  const uploads = async (): Promise<number> => (await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name }))).Uploads?.length ?? 0
  await abandonOldUploads({ store, log }, parsedConfig(raw), [orders])
  t.equal(await uploads(), 1)
  await abandonOldUploads({ store, log }, parsedConfig(raw), [orders], Date.now() + 8 * 24 * 3600_000)
  t.equal(await uploads(), 0)
})

t.test('a change of the layout is taken when no directory is ahead, and refused when some are', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '2' })
  const other = { ...raw, 'partition.header': 'other' }
  const first = await createSink(t, raw)
  await first.task.put([order(0, 'a'), order(1, 'a')])
  await first.committed(2)
  const second = await createSink(t, { ...other, 'partition.header': 'tributary.partition', 'directory.delim': '|' })
  await second.task.put([order(2, 'b'), order(3, 'a'), order(4, 'a')])
  await second.committable(5, 2)
  while (!(await bucket.keys('_tributary/')).every(key => key.endsWith('.json'))) await second.task.put([])
  await t.rejects(createSink(t, other), { code: 'S3_LAYOUT', kind: 'config', message: /flush\.on\.close=true/ })
})

t.test('requests go through the proxy that is configured', async t => {
  const bucket = await createBucket(t)
  const asked: string[] = []
  const proxy = createServer((incoming, outgoing) => {
    asked.push(`${incoming.headers['proxy-authorization']} ${incoming.url}`)
    outgoing.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => { proxy.close(); proxy.closeAllConnections() })
  const { port } = proxy.address() as AddressInfo
  for (const [keys, credentials] of [
    [{ 's3.proxy.url': `http://127.0.0.1:${port}`, 's3.proxy.user': 'u', 's3.proxy.password': 'p' }, 'u:p'],
    [{ 's3.proxy.url': `http://me:s%40id@127.0.0.1:${port}` }, 'me:s@id'],
    [{ 's3.proxy.url': `http://me:said@127.0.0.1:${port}`, 's3.proxy.password': 'p' }, 'me:p']
  ] as const) {
    await t.rejects(createSink(t, sinkConfig(bucket.name, { 'store.url': 'http://s3.invalid', ...keys })), { kind: 'config', message: /Cannot use bucket(?!.*said)/ })
    t.same(asked.splice(0), [`Basic ${Buffer.from(credentials).toString('base64')} http://s3.invalid/${bucket.name}/`])
  }
})

t.test('an upload that a ledger names is never abandoned, however old', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const raw = sinkConfig(bucket.name, { 'flush.size': '1' })
  const first = await createSink(t, { ...raw, 'store.url': proxy.url })
  proxy.plan(({ method, path }) => method === 'POST' && path.includes('uploadId=') ? faults.slowDown() : null)
  await first.task.put([order(0)])
  const ledger = async () => JSON.parse((await bucket.bytes('_tributary/orders-s3/orders/0.json')).toString()) as { pending: unknown[] }
  await until('the ledger names the object', async () => (await ledger()).pending.length === 1)
  first.giveUp.abort()
  const store = await openBucket(parsedConfig(raw), new AbortController().signal)
  t.teardown(() => { store.close() })
  const tenDaysOn = Date.now() + 10 * 24 * 3600_000
  await abandonOldUploads({ store, log: { error () {}, warn () {}, info () {}, debug () {} } }, parsedConfig(raw), [orders], tenDaysOn)
  const second = await createSink(t, raw)
  await second.committed(1)
  t.equal((await bucket.keys()).length, 1)
})

t.test('a running task waits for credentials that are not handed out for a while', async t => {
  const bucket = await createBucket(t)
  let isDown = false
  let end = 0
  const server = createServer((_incoming, outgoing) => {
    outgoing.writeHead(isDown ? 500 : 200, { 'content-type': 'application/json' })
    if (!isDown) end = Date.now() + 1_000
    outgoing.end(JSON.stringify({ AccessKeyId: 'test', SecretAccessKey: 'testsecret', Token: 'x', Expiration: new Date(end).toISOString() }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const before = process.env
  const others = { ...before }
  delete others.AWS_ACCESS_KEY_ID
  delete others.AWS_SECRET_ACCESS_KEY
  process.env = { ...others, AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
  t.teardown(() => { process.env = before; server.close(); server.closeAllConnections() })
  const sink = await createSink(t, sinkConfig(bucket.name, { 'aws.access.key.id': '', 'aws.secret.access.key': '', 'flush.size': '1', 's3.part.retries': '0' }))
  await sink.task.put([order(0)])
  await sink.committed(1)
  isDown = true
  await until('the credentials have ended', async () => Date.now() > end)
  await sink.task.put([order(1)])
  await until('the commit is tried again', async () => {
    await sink.task.put([])
    return sink.warnings.length > 0
  })
  isDown = false
  await sink.committed(2)
})
