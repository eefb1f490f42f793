import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { faults, startFaultProxy, until, type Fault, type FaultPlan, type FaultProxy } from '@tributary/testing'
import { readManifest } from '../src/manifest.ts'
import { S3 } from '../src/s3.ts'
import { Bucket } from './bucket.ts'

const files = 24
const linesEach = 400

async function fill (bucket: Bucket): Promise<Set<string>> {
  const lines = new Set<string>()
  await Promise.all(Array.from({ length: files }, async (_, i) => {
    const own = Array.from({ length: linesEach }, (__, n) => `{"file":${i},"line":${n},"text":"${'x'.repeat(100)}"}`)
    for (const line of own) lines.add(line)
    await bucket.put(`in/part-${String(i).padStart(3, '0')}.csv`, `${own.join('\n')}${i % 2 === 0 ? '\n' : ''}`)
  }))
  return lines
}

const merge = (bucket: Bucket): string[] => [`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(part)-.*\\.csv', '--targetSize=1', '--deleteOnSuccess', '--outputManifest=done.gz']

/** Lines of all files, merged or not, that a reader of both places would see. */
async function seen (bucket: Bucket): Promise<string[]> {
  const keys = (await bucket.keys()).filter(key => /^(in|out)\/part/.test(key))
  return (await Promise.all(keys.map(key => bucket.text(key)))).flatMap(text => text.split('\n').filter(line => line !== ''))
}

async function checkResult (t: Tap, bucket: Bucket, lines: Set<string>): Promise<void> {
  const found = await seen(bucket)
  t.equal(found.length, lines.size, 'no line is there twice')
  t.same(new Set(found), lines, 'every line is there')
  t.same((await bucket.keys()).filter(key => !key.startsWith('out/part')), ['out/done.gz'])
  t.equal(readManifest(await bucket.get('out/done.gz'), 'manifest').length, files)
}

type Tap = Pick<typeof t, 'equal' | 'same' | 'teardown'>

async function createProxy (t: Tap, bucket: Bucket): Promise<FaultProxy> {
  const proxy = await startFaultProxy(bucket.endpoint)
  t.teardown(() => proxy.stop())
  return proxy
}

t.test('a kill -9 before any request, and a rerun, gives the same result', async t => {
  const bucket = await Bucket.create(t)
  const lines = await fill(bucket)
  const proxy = await createProxy(t, bucket)
  const modified = (): ((request: { method: string }) => boolean) => ({ method }) => method !== 'GET' && method !== 'HEAD'
  let kills = 0
  // Each life gets one write further than the last, then hangs until it is killed.
  for (let writes = 0; writes < 60; writes += 2 + Math.floor(writes / 6)) {
    let seenWrites = 0
    let held = false
    const isWrite = modified()
    proxy.plan(request => {
      if (isWrite(request)) seenWrites++
      if (seenWrites <= writes) return null
      held = true
      return { kind: 'delay', ms: 3_600_000 }
    })
    const life = bucket.start(merge(bucket), proxy.url)
    const end = await Promise.race([life.ended, until('the program to be held', () => held).then(() => null)])
    if (end !== null) {
      // Ends the wait for it, too.
      held = true
      t.equal(end.code, 0, end.out)
      break
    }
    life.kill()
    await life.ended
    kills++
    const found = new Set(await seen(bucket))
    t.equal(found.size, lines.size, `nothing is lost after ${writes} writes`)
  }
  proxy.plan(null)
  t.ok(kills > 3, `${kills} kills`)
  t.match(await bucket.run(merge(bucket)), { code: 0 })
  await checkResult(t, bucket, lines)
})

const joinArgs = (bucket: Bucket, ...more: string[]): string[] => [`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(part)-.*', ...more]

/** Ends a run at once when it has written an object with this in its name. */
async function dieAfterPut (t: Tap, bucket: Bucket, written: string, args: readonly string[]): Promise<void> {
  const proxy = await createProxy(t, bucket)
  let isWritten = false
  let isHeld = false
  proxy.plan(({ method, path }) => {
    isHeld = isWritten
    isWritten ||= method === 'PUT' && path.includes(written)
    return isHeld ? { kind: 'delay', ms: 3_600_000 } : null
  })
  const life = bucket.start(args, proxy.url)
  await until(`${written} to be written`, () => isHeld)
  life.kill()
  await life.ended
}

t.test('a kill -9 right after the last file of a group was continued does not keep later runs from finishing', async t => {
  const bucket = await Bucket.create(t)
  const append = [`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(log)-.*', '--appendToLastFile', '--deleteOnSuccess']
  await bucket.put('out/log', '1\n')
  await bucket.put('in/log-2', '2\n')
  await dieAfterPut(t, bucket, '/out/log', append)
  t.equal(await bucket.text('out/log'), '1\n2\n')
  t.same(await bucket.keys('in/'), ['in/log-2'])
  for (const turn of [1, 2]) t.match(await bucket.run(append), { code: 0 }, `run ${turn}`)
  t.same(await bucket.keys(), ['out/log'])
  t.equal(await bucket.text('out/log'), '1\n2\n')
})

t.test('a continued file that was written before a kill is verified by the run that deletes what it continued with', async t => {
  const bucket = await Bucket.create(t)
  const append = [`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(log)-.*', '--outputCodec=gzip', '--appendToLastFile', '--deleteOnSuccess']
  await bucket.put('out/log.gz', gzipSync('1'))
  for (const n of [2, 3]) await bucket.put(`in/log-${n}`, `${n}\n`)
  await dieAfterPut(t, bucket, '/out/log', append)
  const [right, metadata] = [await bucket.get('out/log.gz'), await bucket.metadata('out/log.gz')]
  t.equal(gunzipSync(right).toString(), '1\n2\n3\n')
  await bucket.put('out/log.gz', gzipSync('1\n2\n4\n'), undefined, metadata)
  t.match(await bucket.run(append), { code: 1, out: /out\/log\.gz holds .* the copy is not right, and nothing was deleted/ })
  t.same(await bucket.keys('in/'), ['in/log-2', 'in/log-3'])
  await bucket.put('out/log.gz', right, undefined, metadata)
  t.match(await bucket.run(append), { code: 0 })
  t.same(await bucket.keys(), ['out/log.gz'])
})

t.test('parts that a killed run had uploaded do not stay when the next one is done', async t => {
  const bucket = await Bucket.create(t)
  for (const n of [1, 2]) await bucket.put(`in/part-${n}`, `${'x'.repeat(6_000_000)}\n`)
  await bucket.put('out/part0.other', 'not of this run')
  const other = await bucket.beginUpload('out/part0.other')
  const args = joinArgs(bucket, '--multipartUploadChunkSize=5', '--deleteOnSuccess')
  await dieAfterPut(t, bucket, 'partNumber=1', args)
  t.equal((await bucket.uploads()).length, 2)
  t.match(await bucket.run(args), { code: 0 })
  t.same(await bucket.uploads(), [other])
  t.same(await bucket.keys(), ['out/part0', 'out/part0.other'])
})

t.test('two runs at once give the result of one', async t => {
  const bucket = await Bucket.create(t)
  const lines = await fill(bucket)
  const ends = await Promise.all([bucket.run(merge(bucket)), sleep(30).then(() => bucket.run(merge(bucket)))])
  t.same(ends.map(({ code }) => code), [0, 0], ends.map(({ out }) => out).join('\n'))
  await checkResult(t, bucket, lines)
})

const kinds: Record<string, () => FaultPlan> = {
  '500 and 503': () => faults.every(3, [faults.internalError(), faults.slowDown()]),
  'cut connections': () => faults.every(4, [{ kind: 'cut', when: 'before' }, { kind: 'cut', when: 'after' }, { kind: 'cut', when: 'within' }]),
  'wrong ETags': () => faults.every(5, [{ kind: 'headers', headers: { etag: '"00000000000000000000000000000000"' } }]),
  // By count, not by rate: a slow machine would never be throttled.
  'throttling': () => faults.every(2, [faults.slowDown()])
}

for (const [name, plan] of Object.entries(kinds)) {
  t.test(`${name} lose nothing and repeat nothing`, async t => {
    const bucket = await Bucket.create(t)
    const lines = await fill(bucket)
    const proxy = await createProxy(t, bucket)
    proxy.plan(plan())
    const { code, out } = await bucket.run(merge(bucket), proxy.url)
    t.equal(code, 0, out)
    t.ok(proxy.faults > 0, `${proxy.faults} faults in ${proxy.requests} requests`)
    await checkResult(t, bucket, lines)
  })
}

const wrongEtag: Fault = { kind: 'headers', headers: { etag: '"00000000000000000000000000000000"' } }
const compactArgs = (bucket: Bucket, ...more: string[]): string[] => ['compact', `--table=${bucket.url('t/')}`, '--quietMinutes=0', ...more]
const fillTable = async (bucket: Bucket, names: string): Promise<void> => { for (const name of names) await bucket.put(`t/p=1/${name}.json`, `"${name}"\n`) }
const shownLines = async (bucket: Bucket): Promise<string> =>
  (await Promise.all((await bucket.text('t/p=1/_symlink/manifest.txt')).trim().split('\n').map(url => bucket.text(url.slice(bucket.url('').length))))).join('').split('\n').toSorted().join('')

t.test('a plan that is deleted late leaves the next plan alone', async t => {
  const bucket = await Bucket.create(t)
  await fillTable(bucket, 'ab')
  const proxy = await createProxy(t, bucket)
  let deletes = 0
  let isNextShown = false
  proxy.plan(({ method, path }) => {
    if (method !== 'DELETE' || !path.includes('plan-')) return null
    if (deletes++ === 0) return { kind: 'cut', when: 'after' }
    return isNextShown ? null : faults.slowDown()
  })
  const args = (grace: number): string[] => compactArgs(bucket, '--publish=manifest', `--graceMinutes=${grace}`)
  const slow = bucket.start(args(0), proxy.url)
  await until('the plan to be deleted', () => deletes > 0)
  await fillTable(bucket, 'cd')
  t.match(await bucket.run(args(60)), { code: 0, out: /originals kept for now/ })
  isNextShown = true
  t.match(await slow.ended, { code: 0 })
  t.equal((await bucket.keys()).filter(key => key.includes('plan-')).length, 1, 'the plan of the grace is still there')
  t.match(await bucket.run(args(0)), { code: 0 })
  t.equal(await shownLines(bucket), '"a""b""c""d"')
})

t.test('originals are deleted though their ETags are told wrong', async t => {
  const bucket = await Bucket.create(t)
  await fillTable(bucket, 'ab')
  const proxy = await createProxy(t, bucket)
  proxy.plan(({ method, path }) => method === 'HEAD' && /\/[ab]\.json/.test(path) ? wrongEtag : null)
  t.match(await bucket.run(compactArgs(bucket), proxy.url), { code: 0, out: /: compacted/ })
  t.match(await bucket.keys(), [/^t\/p=1\/compact-/])
})

t.test('an original that was changed after it was copied stays, and that is told', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/part-1', '1\n')
  const proxy = await createProxy(t, bucket)
  let isHeld = false
  let isChanged = false
  proxy.plan(({ method, path }) => {
    // All is copied when the plan is written for the second time.
    if (method === 'GET' && path.includes('/out/part')) isHeld = true
    return isHeld && !isChanged && method !== 'GET' ? faults.slowDown() : null
  })
  const ended = bucket.start([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(part)-.*', '--deleteOnSuccess'], proxy.url).ended
  await until('the copy to be read back', () => isHeld)
  await bucket.put('in/part-1', 'changed\n')
  isChanged = true
  t.match(await ended, { code: 0, out: /in\/part-1 was changed after it was copied: it is not deleted/ })
  t.same(await bucket.keys(), ['in/part-1', 'out/part'])
})

t.test('originals stay for the grace though the ETag of the plan is told wrong', async t => {
  const bucket = await Bucket.create(t)
  await fillTable(bucket, 'ab')
  const proxy = await createProxy(t, bucket)
  let isShown = false
  let wrong = 0
  proxy.plan(({ method, path }) => {
    isShown ||= method === 'PUT' && path.includes('manifest.txt')
    return isShown && method !== 'PUT' && path.includes('plan-') && wrong++ < 3 ? wrongEtag : null
  })
  t.match(await bucket.run(compactArgs(bucket, '--publish=manifest'), proxy.url), { code: 0, out: /originals kept for now/ })
  t.ok(wrong > 2, `${wrong} answers`)
  t.match(await bucket.keys(), [/_s3-compact/, /manifest/, 't/p=1/a.json', 't/p=1/b.json', /compact-/])
  proxy.plan(({ method, path }) => method !== 'PUT' && path.includes('plan-') ? wrongEtag : null)
  t.match(await bucket.run(compactArgs(bucket, '--publish=manifest', '--graceMinutes=0'), proxy.url), { code: 0, out: /originals kept for now/ })
})

t.test('an input that changed since the plan is told once, then copied as it is', async t => {
  const bucket = await Bucket.create(t)
  for (const i of [1, 2]) await bucket.put(`in/part-${i}`, `${i}\n`)
  await dieAfterPut(t, bucket, 'plan-', joinArgs(bucket, '--deleteOnSuccess'))
  await bucket.put('in/part-2', 'new\n')
  t.match(await bucket.run(joinArgs(bucket, '--deleteOnSuccess')), { code: 1, out: /in\/part-2 was changed since the run was planned\. Nothing of this output was deleted/ })
  t.match(await bucket.run(joinArgs(bucket, '--deleteOnSuccess')), { code: 0 })
  t.same(await bucket.keys(), ['out/part0'])
  t.equal(await bucket.text('out/part0'), '1\nnew\n')
})

t.test('an output whose input changed before it was verified does not stay beside its inputs', async t => {
  const bucket = await Bucket.create(t)
  await fillTable(bucket, 'ab')
  await dieAfterPut(t, bucket, 'compact-', compactArgs(bucket))
  await bucket.put('t/p=1/a.json', '"new"\n')
  t.match(await bucket.run(compactArgs(bucket)), { code: 1, out: /a\.json was changed since the run was planned/ })
  t.same(await bucket.keys(), ['t/p=1/a.json', 't/p=1/b.json'])
  t.match(await bucket.run(compactArgs(bucket)), { code: 0 })
  const [key = ''] = await bucket.keys()
  t.equal(await bucket.text(key), '"new"\n"b"\n')
})

t.test('what a run that was killed had planned to append is appended once', async t => {
  const bucket = await Bucket.create(t)
  for (const i of [1, 2]) await bucket.put(`in/part-${i}`, `${i}\n`)
  await dieAfterPut(t, bucket, 'plan-', joinArgs(bucket, '--appendToLastFile'))
  t.match(await bucket.run(joinArgs(bucket, '--appendToLastFile')), { code: 0 })
  t.same(await bucket.keys('out/'), ['out/part0'])
  t.equal(await bucket.text('out/part0'), '1\n2\n')
})

t.test('a killed run that moves the files of a manifest is finished by the next one', async t => {
  const bucket = await Bucket.create(t)
  const entry = (name: string): string => `${JSON.stringify({ path: bucket.url(`in/${name}`), baseName: name, srcDir: bucket.url('in'), size: 2 })}\n`
  for (const i of [1, 2]) await bucket.put(`in/part-${i}`, `${i}\n`)
  await bucket.put('list', entry('part-1') + entry('part-2'))
  const args = [`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--copyFromManifest', `--previousManifest=${bucket.url('list')}`, '--deleteOnSuccess']
  await dieAfterPut(t, bucket, 'plan-', args)
  t.match(await bucket.run(args), { code: 0 })
  t.same(await bucket.keys(), ['list', 'out/part-1', 'out/part-2'])
  t.match(await bucket.run(args), { code: 1, out: /in\/part-1 of the manifest does not exist any more/ }, 'another run is asked for what is gone')
})

t.test('what S3 refuses for good is told with the plan to delete', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/part-1', '1\n')
  const proxy = await createProxy(t, bucket)
  const answer = (status: number, code: string): FaultPlan => ({ method, path }) =>
    method === 'PUT' && path.includes('/out/part') ? { kind: 'answer', status, headers: { 'content-type': 'application/xml' }, body: `<Error><Code>${code}</Code><Message>No.</Message></Error>` } : null
  proxy.plan(answer(403, 'AccessDenied'))
  const denied = await bucket.run(joinArgs(bucket), proxy.url)
  t.match(denied, { code: 1, out: /AccessDenied \(HTTP 403\)/ })
  t.notMatch(denied.out, /plan-/, 'a right that is missing can be given')
  proxy.plan(answer(400, 'InvalidStorageClass'))
  const { code, out } = await bucket.run(joinArgs(bucket), proxy.url)
  t.equal(code, 1)
  const [, plan = ''] = /InvalidStorageClass .* delete s3:\/\/[^/]+\/(out\/_s3-compact\/plan-\w+\.json): the next run/s.exec(out) ?? []
  await bucket.remove(plan)
  t.same(await bucket.keys(), ['in/part-1'])
})

t.test('a connection that breaks is taken up also where reading has lasted longer than the patience', async t => {
  const bucket = await Bucket.create(t)
  const proxy = await createProxy(t, bucket)
  const bytes = Buffer.from(Array.from({ length: 500_000 }, (_, i) => `${i}\n`).join(''))
  await bucket.put('big', bytes)
  let reads = 0
  proxy.plan(({ method }) => method === 'GET' && ++reads < 3 ? { kind: 'cut', when: 'within' } : null)
  const patienceMs = 300
  const s3 = new S3({ endpoint: proxy.url, region: 'us-east-1', patienceMs })
  t.teardown(() => { s3.close() })
  const pieces: Buffer[] = []
  for await (const piece of s3.read({ bucket: bucket.name, key: 'big' })) {
    if (pieces.push(piece) === 1) await sleep(2 * patienceMs)
  }
  t.ok(Buffer.concat(pieces).equals(bytes))
  t.equal(reads, 3)
})

t.test('a request that nothing comes for is made again', async t => {
  const bucket = await Bucket.create(t)
  const proxy = await createProxy(t, bucket)
  await bucket.put('a', 'x'.repeat(1000))
  let requests = 0
  proxy.plan(() => requests++ === 0 ? { kind: 'delay', ms: 3_600_000 } : null)
  const s3 = new S3({ endpoint: proxy.url, region: 'us-east-1', silenceMs: 300 })
  t.teardown(() => { s3.close() })
  t.equal((await s3.readAll({ bucket: bucket.name, key: 'a' })).length, 1000)
  t.equal(requests, 2)
})

t.test('a bucket of another region is told with its region', async t => {
  const bucket = await Bucket.create(t)
  const proxy = await createProxy(t, bucket)
  proxy.plan(() => ({ kind: 'answer', status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1', 'content-type': 'application/xml' }, body: '<Error><Code>PermanentRedirect</Code></Error>' }))
  t.match(await bucket.run(joinArgs(bucket), proxy.url), { code: 1, out: new RegExp(`^The bucket ${bucket.name} is in region eu-west-1: set AWS_REGION=eu-west-1\\.`) })
})
