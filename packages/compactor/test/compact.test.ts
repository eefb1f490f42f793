import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { until } from '@tributary/testing'
import { planPlace, startPlan, type Plan, type PlannedOutput } from '../src/plan.ts'
import { runPlan } from '../src/run-plan.ts'
import { S3 } from '../src/s3.ts'
import { Bucket } from './bucket.ts'
import { fill, linesOf, location, orderSchema, run } from './partition.ts'

t.test('a partition of small files becomes one, named after what it is made of', async t => {
  const bucket = await Bucket.create(t)
  const rows = await fill(bucket, 5)
  await bucket.put(`${location}_SUCCESS`, 'x')
  t.match(await run(bucket), { code: 0, out: /ot=2019111223\/: compacted/ })
  const keys = await bucket.keys()
  t.equal(keys.length, 2)
  t.match(keys, [`${location}_SUCCESS`, /compact-orders\+0\+0{10}-[0-9a-f]{32}\.json\.gz$/])
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

t.test('files of zstd are joined, also those of several frames, and others become zstd', async t => {
  const bucket = await Bucket.create(t)
  const frames = (...texts: string[]): Buffer => Buffer.concat(texts.map(text => zstdCompressSync(Buffer.from(text))))
  await bucket.put(`${location}0.json.zst`, frames('{"a":0}\n', '{"a":1}\n{"a":2}', '\n'))
  await bucket.put(`${location}1.json.zst`, frames('{"a":3}', '\n{"a":4}'))
  await bucket.put(`${location}2.json.zst`, frames('{"a":5}\n'))
  const lines = Array.from({ length: 6 }, (_, a) => `{"a":${a}}\n`).join('')
  t.match(await run(bucket), { code: 0, out: /compacted/ })
  const [key = ''] = await bucket.keys()
  t.match(key, /compact-.+-[0-9a-f]{32}\.json\.zst$/)
  t.equal(zstdDecompressSync(await bucket.get(key)).toString(), lines)
  t.match(await bucket.run([`--src=${bucket.url(location)}`, `--dest=${bucket.url('gzip/')}`, '--outputCodec=gz', '--groupBy=.*/(compact)-.*']), { code: 0 })
  await bucket.put('gzip/more.gz', gzipSync('{"a":6}\n'))
  t.match(await bucket.run(['compact', `--location=${bucket.url('gzip/')}`, '--quietMinutes=0', '--outputCodec=zstd']), { code: 0, out: /compacted/ })
  const [back = ''] = await bucket.keys('gzip/')
  t.match(back, /\.zst$/)
  t.equal(zstdDecompressSync(await bucket.get(back)).toString(), `${lines}{"a":6}\n`)
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

t.test('a partition that cannot be compacted does not keep the others of the table from it', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['a=1/x.avro', 'a=1/y.avro', 'a=2/x.json', 'a=2/y.json']) await bucket.put(`t/${key}`, '1\n')
  t.match(await bucket.run(['compact', `--table=${bucket.url('t/')}`, '--quietMinutes=0']), { code: 2, out: /a=1\/x\.avro is in a format that cannot be joined/ })
  t.match(await bucket.keys('t/'), ['t/a=1/x.avro', 't/a=1/y.avro', /^t\/a=2\/compact-/])
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
    t.equal(await runPlan(s3, place, plan, { planned () {}, output () {}, deleted () {}, changed () {} }), true)
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
  t.match(key, /compact-.+-[0-9a-f]{32}$/)
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
    [['--location=s3://b/t/', '--versions=s3://b/v/'], /--versions needs --publish=glue/],
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

t.test('what was joined before is joined again in the order of its first originals, before what came since', async t => {
  const bucket = await Bucket.create(t)
  const put = (n: number): Promise<void> => bucket.put(`${location}orders+0+${n}.json`, `{"n":${n},"x":"${'x'.repeat(300_000)}"}\n`)
  for (let n = 0; n < 18; n++) await put(n)
  t.match(await run(bucket, '--targetSize=1'), { code: 0, out: /compacted/ })
  t.equal((await bucket.keys()).length, 6)
  // One level further: a name tells the first original of all that was joined to it.
  t.match(await run(bucket, '--targetSize=2', '--smallerThan=1'), { code: 0, out: /compacted/ })
  t.equal((await bucket.keys()).length, 3)
  await put(18)
  t.match(await run(bucket), { code: 0, out: /compacted/ })
  t.same((await linesOf(bucket, await bucket.keys())).map(line => (JSON.parse(line) as { n: number }).n), Array.from({ length: 19 }, (_, n) => n))
})
