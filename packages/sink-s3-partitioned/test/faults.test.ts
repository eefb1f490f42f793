import { awsEndpoint, faults, startFaultProxy } from '@tributary/testing'
import type { Fault } from '@tributary/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createBucket, createSink, idsOf, order, orders, range, sinkConfig } from './helpers.ts'

const wrongEtag: Fault = { kind: 'headers', headers: { etag: '"00000000000000000000000000000000"' } }
const cuts = (['before', 'after', 'within'] as const).map(when => ({ kind: 'cut' as const, when }))

t.test('errors, cut connections and wrong ETags lose and double nothing', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const sink = await createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url, 'rotate.age.ms': '30', 's3.retry.backoff.ms': '5', 'retry.backoff.ms': '10' }))
  proxy.plan(faults.every(4, [faults.slowDown(), ...cuts, faults.internalError(), wrongEtag]))
  // Large objects take the way of multipart uploads, many small ones that of stages.
  let end = 0
  for (; proxy.faults < 30; end += 20) {
    await sink.task.put(range(end, end + 20).map(offset => order(offset, offset % 20 === 0 ? 'large' : `small${offset % 7}`,
      { value: { orderid: String(offset), padding: offset % 20 === 0 ? 'x'.repeat(1_100_000) : '' } })))
    await sleep(20)
  }
  await sink.committed(end)
  t.same(idsOf(await bucket.lines()), range(0, end).map(String))
})

t.test('a partition is given up though the store is away, and its next owner stores what is missing', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const raw = sinkConfig(bucket.name, { 'rotate.age.ms': '600000', 'flush.on.close': 'true' })
  const records = range(0, 10).map(offset => order(offset, `${offset % 2}`))
  for (const more of [{}, { 'flush.size': '5' }]) {
    const away = await createSink(t, { ...raw, 'store.url': proxy.url, 's3.retry.backoff.ms': '5', 'retry.backoff.ms': '600000', ...more })
    await away.task.put(records)
    proxy.plan(() => faults.slowDown())
    await away.task.close?.([orders], 'revoked')
    t.match(away.warnings.at(-1), /^S3 does not take what was to be stored/)
    t.same(await bucket.keys(), [])
    proxy.plan(null)
  }
  const next = await createSink(t, raw)
  t.same(next.seeks, [], 'nothing is committed')
  await next.task.put(records)
  await next.task.close?.([orders], 'revoked')
  t.same(idsOf(await bucket.lines()), range(0, 10).map(String))
})

t.test('a store that is away for a while is waited for', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const sink = await createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url, 'flush.size': '10', 's3.retry.backoff.ms': '5', 'retry.backoff.ms': '20' }))
  proxy.plan(() => faults.slowDown())
  for (let i = 0; i < 200; i += 10) await sink.task.put(range(i, i + 10).map(offset => order(offset, 'a')))
  while (proxy.faults < 12) await sleep(10)
  t.equal(await sink.preCommit(200), undefined, 'nothing is committed meanwhile')
  proxy.plan(null)
  await sink.committed(200)
  t.same(idsOf(await bucket.lines()), range(0, 200).map(String))
})

t.test('a put asks to come again when the buffers are full and the store is away', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const sink = await createSink(t, sinkConfig(bucket.name, {
    'store.url': proxy.url, 'flush.size': '1', 's3.retry.backoff.ms': '5', 'retry.backoff.ms': '20', 'buffer.memory': '1048576', 'buffer.disk': '0', 'max.write.duration.ms': '50'
  }))
  proxy.plan(() => faults.slowDown())
  const large = (offset: number) => [order(offset, 'a', { value: { orderid: String(offset), padding: 'x'.repeat(700_000) } })]
  let refused: number | null = null
  for (let i = 0; i < 20 && refused === null; i++) {
    await Promise.resolve(sink.task.put(large(i))).catch((error: { kind: string }) => {
      t.equal(error.kind, 'transient')
      refused = i
    })
  }
  t.ok(refused !== null && refused > 0 && refused < 4, `refused at ${refused}`)
  proxy.plan(null)
  for (let i = refused ?? 0; i < 6; i++) {
    for (let done = false; !done;) done = await Promise.resolve(sink.task.put(large(i))).then(() => true, () => false)
  }
  await sink.committed(6)
  t.same(idsOf(await bucket.lines()), range(0, 6).map(String))
})

t.test('a task that starts while the store is away waits for it', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  proxy.plan(request => request.number <= 12 ? faults.slowDown() : null)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url, 'flush.size': '1', 's3.retry.backoff.ms': '1', 'retry.backoff.ms': '10' }))
  t.match(sink.warnings, ['The bucket cannot be reached for now; trying again.'])
  await sink.task.put([order(0)])
  await sink.committed(1)
  t.equal((await bucket.keys()).length, 1)
})

t.test('a commit of what needs no storing does not wait for a store that is away', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const sink = await createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url, 'behavior.on.null.values': 'ignore', 's3.part.retries': '0', 'retry.backoff.ms': '600000' }))
  await sink.task.put([order(0, '', { value: null })])
  proxy.plan(() => faults.internalError())
  t.equal(await sink.preCommit(1), undefined)
  proxy.plan(null)
  await sink.committed(1)
})

t.test('credentials that expire while a task runs are waited for', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const sink = await createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url, 'flush.size': '1', 's3.part.retries': '0', 'retry.backoff.ms': '5' }))
  const expired: Fault = { kind: 'answer', status: 400, headers: { 'content-type': 'application/xml' }, body: '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>' }
  proxy.plan(() => proxy.faults < 3 ? expired : null)
  await sink.task.put([order(0, 'a')])
  await sink.committed(1)
  t.equal(proxy.faults, 3)
})

t.test('an upload that S3 drops in a conflict is told, not taken for one that was completed', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const sink = await createSink(t, sinkConfig(bucket.name, { 'store.url': proxy.url, 'flush.size': '1', 'retry.backoff.ms': '5', 's3.retry.backoff.ms': '5' }))
  const answer = (status: number, code: string): Fault => ({ kind: 'answer', status, headers: { 'content-type': 'application/xml' }, body: `<Error><Code>${code}</Code></Error>` })
  let completions = 0
  proxy.plan(({ method, path }) => method !== 'POST' || !path.includes('uploadId=') ? null : ++completions === 1 ? answer(409, 'ConditionalRequestConflict') : answer(404, 'NoSuchUpload'))
  await sink.task.put([order(0, 'a')])
  await t.rejects(sink.committed(1), { code: 'S3_OBJECT_GONE', message: /counts as stored, but is neither in bucket/ })
})
