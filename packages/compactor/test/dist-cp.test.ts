import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressOnce } from '@tributary/sink-s3-partitioned/compression'
import t from 'tap'
import { codecOf } from '@tributary/sink-s3-partitioned/decompression'
import { inputsMark, isMadeOf } from '../src/inputs-mark.ts'
import { readManifest } from '../src/manifest.ts'
import { partSizeFor } from '../src/run-plan.ts'
import type { S3Url } from '../src/s3-url.ts'
import { Bucket } from './bucket.ts'

const source = 'ss-kinesis-python/ordertime=2019111315/'
const dest = 'merged/ordertime=2019111315/'

/** The seed's command. */
const merge = (bucket: Bucket, ...more: string[]): string[] =>
  [`--src=${bucket.url(source)}`, `--dest=${bucket.url(dest)}`, '--groupBy=.*/(part)-.*\\.csv', '--targetSize=100', ...more, '--outputManifest=processed-records.gz']

async function fill (bucket: Bucket, files: number, linesEach = 3): Promise<string> {
  let all = ''
  for (let i = 0; i < files; i++) {
    // Every third file lacks its last line feed.
    const text = Array.from({ length: linesEach }, (_, n) => `${i},${n}`).join('\n') + (i % 3 === 2 ? '' : '\n')
    await bucket.put(`${source}part-${String(i).padStart(5, '0')}.csv`, text)
    all += text.endsWith('\n') ? text : `${text}\n`
  }
  return all
}

t.test('the command without deletion merges the files, keeps them, and may be repeated', async t => {
  const bucket = await Bucket.create(t)
  const lines = await fill(bucket, 5)
  await bucket.put(`${source}_SUCCESS`, '')
  t.match(await bucket.run(merge(bucket)), { code: 0, out: '5 files in 1.' })
  const after = [`${dest}part0`, `${dest}processed-records.gz`, `${source}_SUCCESS`, ...Array.from({ length: 5 }, (_, i) => `${source}part-0000${i}.csv`)]
  t.same(await bucket.keys(), after)
  t.equal(await bucket.text(`${dest}part0`), lines)
  t.match(readManifest(await bucket.get(`${dest}processed-records.gz`), 'manifest').slice(0, 1), [
    { path: bucket.url(`${source}part-00000.csv`), baseName: 'part-00000.csv', srcDir: bucket.url(source.slice(0, -1)), size: 12 }
  ])
  t.match(await bucket.run(merge(bucket)), { code: 0 })
  t.same(await bucket.keys(), after)
  t.equal(await bucket.text(`${dest}part0`), lines)
})

t.test('the command with deletion removes what it merged, and nothing is merged over', async t => {
  const bucket = await Bucket.create(t)
  const first = await fill(bucket, 4)
  t.match(await bucket.run(merge(bucket, '--deleteOnSuccess')), { code: 0 })
  t.same(await bucket.keys(), [`${dest}part0`, `${dest}processed-records.gz`])
  t.match(await bucket.run(merge(bucket, '--deleteOnSuccess')), { code: 0, out: 'Nothing to copy.' })
  t.equal(readManifest(await bucket.get(`${dest}processed-records.gz`), 'manifest').length, 4, 'the manifest stays')
  const second = await fill(bucket, 2)
  t.match(await bucket.run(merge(bucket, '--deleteOnSuccess')), { code: 0, out: 'part0 is not written over' })
  t.same(await bucket.keys(), [`${dest}part0`, `${dest}part1`, `${dest}processed-records.gz`])
  t.equal(await bucket.text(`${dest}part0`) + await bucket.text(`${dest}part1`), first + second)
})

t.test('what was merged stays when the files that it was made of are gone', async t => {
  const bucket = await Bucket.create(t)
  const run = (): Promise<{ code: number, out: string }> => bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(part)-.*'])
  for (const name of ['b', 'd']) await bucket.put(`in/part-${name}`, `${name}\n`)
  t.match(await run(), { code: 0 })
  for (const name of ['a', 'c']) await bucket.put(`in/part-${name}`, `${name}\n`)
  t.match(await run(), { code: 0 })
  t.same(await bucket.keys('out/'), ['out/part0'], 'made anew of the same files and more')
  t.equal(await bucket.text('out/part0'), 'a\nb\nc\nd\n')
  await bucket.remove('in/part-b')
  t.match(await run(), { code: 0, out: /part0 is not written over/ })
  t.equal(await bucket.text('out/part0'), 'a\nb\nc\nd\n')
  t.equal(await bucket.text('out/part1'), 'a\nc\nd\n')
})

t.test('a mark tells what an output is made of, in the space that S3 has for it', t => {
  const inputs = (from: number, to: number): S3Url[] => Array.from({ length: to - from }, (_, i) => ({ bucket: 'b', key: `in/${from + i}` }))
  for (const count of [1, 375, 376, 5000]) {
    const mark = inputsMark(inputs(0, count))
    t.ok(mark.length <= 1500, `${mark.length} characters for ${count}`)
    t.equal(isMadeOf(mark, inputs(0, count + 3), inputs(0, count + 3)), true)
    t.equal(isMadeOf(mark, inputs(1, count + 3), inputs(1, count + 3)), false)
  }
  t.end()
})

t.test('files are cut after the one that reaches the target size, in the order of their names', async t => {
  const bucket = await Bucket.create(t)
  const line = `${'x'.repeat(1023)}\n`
  for (const name of ['c', 'a', 'b']) await bucket.put(`in/${name}.log`, (name + line.slice(1)).repeat(700))
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out')}`, '--groupBy=.*/[a-z]\\.(log)', '--targetSize=1']), { code: 0 })
  t.same(await bucket.keys('out/'), ['out/log0', 'out/log1'])
  t.same((await bucket.text('out/log0')).split('\n').map(text => text[0]).filter((letter, i, all) => letter !== all[i - 1]), ['a', 'b', undefined])
  t.equal((await bucket.text('out/log1'))[0], 'c')
})

t.test('gzip files are joined as they are, with a line feed where one lacks', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/a.gz', gzipSync('1\n2'))
  await bucket.put('in/b.gz', gzipSync('3\n'))
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/.(\\.gz)', '--deleteOnSuccess']), { code: 0 })
  t.same(await bucket.keys(), ['out/.gz0'])
  const [key] = await bucket.keys()
  t.equal((await import('node:zlib')).gunzipSync(await bucket.get(key!)).toString(), '1\n2\n3\n')
})

t.test('a codec recodes files of any codec, and snappy comes back the same', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/x-a.gz', gzipSync('1\n2'))
  await bucket.put('in/x-b.json', '3\n'.repeat(300_000))
  const run = (from: string, to: string, ...more: string[]): Promise<{ code: number | null, out: string }> =>
    bucket.run([`--src=${bucket.url(from)}`, `--dest=${bucket.url(to)}`, '--groupBy=.*/(x).*', ...more])
  t.match(await run('in/', 'mixed/'), { code: 2, out: /files of gzip and none/ })
  t.match(await run('in/', 'snappy/', '--outputCodec=snappy', '--deleteOnSuccess'), { code: 0 })
  t.match(await run('snappy/', 'gz/', '--outputCodec=gz', '--deleteOnSuccess'), { code: 0 })
  t.match(await run('gz/', 'plain/', '--outputCodec=none', '--numberFiles', '--startingIndex=7'), { code: 0 })
  t.same(await bucket.keys(), ['gz/x.gz', 'plain/7x'])
  t.equal(await bucket.text('plain/7x'), `1\n2\n${'3\n'.repeat(300_000)}`)
})

t.test('without a group files are copied byte by byte under their names', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/sub/a.parquet', Buffer.from([1, 2, 3]))
  await bucket.put('in/b.txt', 'no line feed')
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--srcPattern=.*\\.(parquet|txt)']), { code: 0, out: '2 files in 2.' })
  t.same(await bucket.keys('out/'), ['out/b.txt', 'out/sub/a.parquet'])
  t.same(await bucket.get('out/sub/a.parquet'), Buffer.from([1, 2, 3]))
  t.equal(await bucket.text('out/b.txt'), 'no line feed')
})

t.test('a previous manifest leaves out what it names and is carried on', async t => {
  const bucket = await Bucket.create(t)
  const run = (...more: string[]): Promise<{ code: number | null, out: string }> => bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, ...more])
  const manifest = `--previousManifest=${bucket.url('out/one.gz')}`
  await bucket.put('in/a', '1')
  t.match(await run(manifest, '--outputManifest=one.gz'), { code: 2, out: /requirePreviousManifest=false/ })
  t.match(await run(manifest, '--requirePreviousManifest=false', '--outputManifest=one.gz'), { code: 0 })
  await bucket.put('in/b', '2')
  t.match(await run(manifest, '--outputManifest=two.gz'), { code: 0, out: '1 files in 1.' })
  t.same(readManifest(await bucket.get('out/two.gz'), 'two').map(({ baseName }) => baseName), ['a', 'b'])
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('again/')}`, '--copyFromManifest', `--previousManifest=${bucket.url('out/two.gz')}`]), { code: 0, out: '2 files in 2.' })
  t.same(await bucket.keys('again/'), ['again/a', 'again/b'])
})

t.test('a manifest stays when nothing was copied', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/part-1.gz', gzipSync('1\n'))
  for (const name of ['bad-1', 'bad-2']) await bucket.put(`in/${name}.gz`, 'junk')
  const args = [`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(part|bad)-.*', '--deleteOnSuccess', '--outputManifest=done.gz']
  for (let turn = 0; turn < 2; turn++) {
    t.match(await bucket.run(args), { code: 1, out: /bad-1\.gz is not what its name says/ })
    t.same(readManifest(await bucket.get('out/done.gz'), 'manifest').map(({ baseName }) => baseName), ['part-1.gz'])
  }
})

t.test('a file of prefixes names the sources', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['in/x/1', 'in/y/2', 'in/z/3']) await bucket.put(key, `${key}\n`)
  await bucket.put('prefixes.txt', `${bucket.url('in/x/')}\n\n${bucket.url('in/z/')}\n`)
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--srcPrefixesFile=${bucket.url('prefixes.txt')}`, `--dest=${bucket.url('out/')}`]), { code: 0 })
  t.same(await bucket.keys('out/'), ['out/x/1', 'out/z/3'])
})

t.test('a line of a file of prefixes need not end with a folder', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['in/part-1', 'in/part-2', 'in/other']) await bucket.put(key, `${key}\n`)
  await bucket.put('prefixes.txt', `${bucket.url('in/part-')}\n`)
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--srcPrefixesFile=${bucket.url('prefixes.txt')}`, `--dest=${bucket.url('out/')}`]), { code: 0 })
  t.same(await bucket.keys('out/'), ['out/part-1', 'out/part-2'])
})

t.test('the last file of a group is continued until it is large enough', async t => {
  const bucket = await Bucket.create(t)
  const run = (): Promise<{ code: number | null, out: string }> =>
    bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(log)-.*', '--targetSize=1', '--appendToLastFile', '--deleteOnSuccess'])
  await bucket.put('in/log-1', '1\n')
  t.match(await run(), { code: 0 })
  await bucket.put('in/log-2', '2\n')
  await bucket.put('in/log-3', '3\n'.repeat(600_000))
  t.match(await run(), { code: 0 })
  await bucket.put('in/log-4', '4\n')
  t.match(await run(), { code: 0 })
  const text = (await Promise.all((await bucket.keys('out/')).map(key => bucket.text(key)))).join('')
  t.equal(text, `1\n2\n${'3\n'.repeat(600_000)}4\n`)
  t.equal((await bucket.keys()).length, 2)
})

t.test('a file that is joined itself is not continued, too', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/log', '1\n')
  await bucket.put('in/log-2', '2\n')
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('in/')}`, '--groupBy=.*/(log).*', '--appendToLastFile', '--deleteOnSuccess']), { code: 0 })
  const [key = '', ...others] = await bucket.keys()
  t.same(others, [])
  t.equal(await bucket.text(key), '1\n2\n')
})

t.test('what must not be written in parts is written whole, however large', async t => {
  const bucket = await Bucket.create(t)
  const line = `${'x'.repeat(999)}\n`
  for (const n of [1, 2, 3]) await bucket.put(`in/part-${n}`, line.repeat(7000))
  const args = (dest: string, ...more: string[]): string[] => [`--src=${bucket.url('in/')}`, `--dest=${bucket.url(dest)}`, '--groupBy=.*/(part)-.*', ...more]
  t.match(await bucket.run(args('whole/', '--disableMultipartUpload')), { code: 0 })
  t.match(await bucket.run(args('parts/')), { code: 0 })
  for (const [folder, sum] of [['whole', /^"\w+"$/], ['parts', /^"\w+-2"$/]] as const) {
    t.match(await bucket.etag(`${folder}/part0`), sum)
    t.equal(await bucket.text(`${folder}/part0`), line.repeat(21_000), folder)
  }
})

t.test('what options cannot be is told', async t => {
  const bucket = await Bucket.create(t)
  for (const [args, sentence] of [
    [['--outputManifest='], /--outputManifest needs a value/], [['--requirePreviousManifest=no'], /--requirePreviousManifest must be true or false, not "no"/],
    [['--deleteOnSuccess', 'yes'], /"yes" is no option/]
  ] as const) t.match(await bucket.run(['--src=s3://b/in/', '--dest=s3://b/out/', ...args]), { code: 2, out: sentence })
})

t.test('flags take true and false behind them, too', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/a', '1\n')
  for (const [value, left] of [['false', ['in/a', 'out/a']], ['true', ['out/a']]] as const) {
    t.match(await bucket.run(['--deleteOnSuccess', value, `--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`]), { code: 0 })
    t.same(await bucket.keys(), left)
  }
})

t.test('a single object has its own name in a manifest', async t => {
  const bucket = await Bucket.create(t)
  await bucket.put('in/a', '1\n')
  t.match(await bucket.run([`--src=${bucket.url('in/a')}`, `--dest=${bucket.url('out/')}`, '--outputManifest=m.gz']), { code: 0 })
  t.match(readManifest(await bucket.get('out/m.gz'), 'm'), [{ path: bucket.url('in/a'), baseName: 'a', srcDir: bucket.url('in') }])
})

t.test('a dry run tells what would be done and does nothing', async t => {
  const bucket = await Bucket.create(t)
  await fill(bucket, 3)
  t.match(await bucket.run(merge(bucket, '--deleteOnSuccess', '--dryRun')), { code: 0, out: /part0 from 3 of \d+ bytes/ })
  t.equal((await bucket.keys()).length, 3)
})

t.test('patterns are those of Java', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['in/a.LOG', 'in/b(1).LOG', 'in/c.txt']) await bucket.put(key, `${key}\n`)
  for (const [pattern, groups] of [
    ['(?i).*\\.(log)', ['LOG']],
    ['\\Qs3://\\E.*\\.(LOG)', ['LOG']],
    ['.*\\.(\\p{Upper}++)', ['LOG']],
    ['.*/(?<name>[a-z&&[^ac]])\\Q(1)\\E\\.LOG', ['b']],
    ['.*/([\\w&&\\D])\\..*', ['a', 'c']]
  ] as const) {
    const { code, out } = await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, `--groupBy=${pattern}`, '--dryRun'])
    t.same([code, [...out.matchAll(/out\/([^ ]*?)\d* from/g)].map(([, group]) => group)], [0, groups], pattern)
  }
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--srcPattern=.*\\.\\p{Lower}+']), { code: 0, out: '1 files in 1.' })
  t.same(await bucket.keys('out/'), ['out/c.txt'])
})

t.test('a group that joins partitions of Hive is told, once a run', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['t/ot=1/part-0', 't/ot=1/sub/part-1', 't/ot=2/part-0', 't/ot=2/log-0', 't/ot=3/log-0']) await bucket.put(key, `${key}\n`)
  const run = (groups: string, ...more: string[]): Promise<{ code: number, out: string }> => bucket.run([`--src=${bucket.url('t/')}`, `--dest=${bucket.url('m/')}`, `--groupBy=${groups}`, ...more])
  const sentence = `The group part joins files of ${bucket.url('t/ot=1/')} and ${bucket.url('t/ot=2/')}, as s3-dist-cp does: rows of one partition get into another (outputs of this kind: 2).`
  for (const more of [['--dryRun'], []]) {
    const { code, out } = await run('.*/(part|log)-.*', ...more)
    t.equal(code, 0)
    t.equal(out.split(sentence).length, 2, out)
    t.equal(out.split('joins files of').length, 2)
  }
  t.same(await bucket.keys('m/'), ['m/ot=1/part0', 'm/ot=2/log0'], 'the result is that of s3-dist-cp')
  const { out } = await run('.*/(ot=\\d+/).*(part|log)-.*', '--dryRun')
  t.notMatch(out, /joins files of/)
})

t.test('an empty file has no lines, whatever its codec', async t => {
  const bucket = await Bucket.create(t)
  for (const [extension, bytes, text] of [
    ['json', Buffer.from('1'), '1\n2\n'], ['gz', gzipSync('1'), '1\n2\n'], ['zst', zstdCompressSync('1'), '1\n2\n'], ['snappy', await compressOnce('snappy', -1, Buffer.from('1')), '1\n2\n']
  ] as const) {
    await bucket.put(`in/x-0.${extension}`, '')
    await bucket.put(`in/x-1.${extension}`, bytes)
    await bucket.put(`in/x-2.${extension}`, '')
    await bucket.put(`in/x-3.${extension}`, extension === 'json' ? '2\n' : await compressOnce(codecOf(`x.${extension}`), -1, Buffer.from('2\n')))
    const run = (from: string, to: string, ...more: string[]): Promise<{ code: number, out: string }> =>
      bucket.run([`--src=${bucket.url(from)}`, `--dest=${bucket.url(to)}`, `--groupBy=.*/x-?\\d*(.${extension}).*`, '--deleteOnSuccess', ...more])
    t.match(await run('in/', `kept/${extension}/`), { code: 0 }, extension)
    const [kept = ''] = await bucket.keys(`kept/${extension}/`)
    await bucket.put(`again/x.${extension}`, await bucket.get(kept))
    await bucket.put(`again/x-4.${extension}`, '')
    t.match(await run('again/', `plain/${extension}/`, '--outputCodec=none'), { code: 0 }, extension)
    const [plain = ''] = await bucket.keys(`plain/${extension}/`)
    t.equal((await bucket.get(plain)).toString(), text, extension)
    for (const name of ['a', 'b']) await bucket.put(`empty/x-${name}.${extension}`, '')
    t.match(await bucket.run(['compact', `--location=${bucket.url('empty/')}`, '--quietMinutes=0']), { code: 0, out: /: compacted/ }, extension)
    const [empty = '', ...others] = await bucket.keys('empty/')
    t.same(others, [])
    await bucket.remove(empty)
  }
})

t.test('outputs keep the storage class that all of their inputs share', async t => {
  const bucket = await Bucket.create(t)
  for (const [key, storageClass] of [['in/a-1', 'STANDARD_IA'], ['in/a-2', 'STANDARD_IA'], ['in/b-1', 'STANDARD_IA'], ['in/b-2', undefined], ['in/c-1', 'GLACIER_IR'], ['in/d-1', undefined]] as const) await bucket.put(key, 'line\n', storageClass)
  const run = (to: string, ...more: string[]): Promise<{ code: number, out: string }> => bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url(to)}`, '--groupBy=.*/(.)-.', ...more])
  t.match(await run('out/'), { code: 0 })
  t.same(await bucket.storageClasses('out/'), { 'out/a0': 'STANDARD_IA', 'out/b0': 'STANDARD', 'out/c': 'GLACIER_IR', 'out/d': 'STANDARD' })
  t.match(await run('given/', '--storageClass=ONEZONE_IA'), { code: 0 })
  t.same(new Set(Object.values(await bucket.storageClasses('given/'))), new Set(['ONEZONE_IA']))
  t.match(await run('cold/', '--storageClass=DEEP_ARCHIVE'), { code: 2, out: /--storageClass=DEEP_ARCHIVE cannot be read back/ })
  t.match(await bucket.run(['compact', `--location=${bucket.url('in/')}`, '--quietMinutes=0', '--storageClass=glacier']), { code: 2, out: /cannot be read back/ })
  t.match(await bucket.run(['compact', `--location=${bucket.url('in/')}`, '--quietMinutes=0']), { code: 0 })
  t.same(Object.values(await bucket.storageClasses('in/')), ['STANDARD'], 'of several classes it is the usual one')
})

t.test('wrong arguments are told in a sentence', async t => {
  const bucket = await Bucket.create(t)
  const place = [`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`]
  for (const [args, sentence] of [
    [['--src=s3://x/'], /--dest is missing/],
    [['--src=hdfs:///x', '--dest=s3://b/'], /--src must be a place in S3/],
    [[...place, '--outputCodec=lzo'], /use gzip/],
    [[...place, '--groupBy=.*'], /parentheses/],
    [[...place, '--groupBy=.*\\Q(a)\\E'], /parentheses/],
    [[...place, '--groupBy=('], /--groupBy is no regular expression of Java: Unclosed group near index 1/],
    [[...place, '--srcPattern=\\p{Nonsense}'], /--srcPattern is no regular expression of Java: Unknown character property name \{Nonsense\}/],
    [[...place, '--targetsize=1'], /Unknown option --targetsize/],
    [[...place, '--targetSize=x'], /whole number from 1/],
    [[...place, '--storageClass=STANDRD'], /--storageClass=STANDRD is no class of S3: .*STANDARD_IA are/],
    [['compact', `--location=${bucket.url('in/')}`, '--storageClass=standard_ia'], /--storageClass=standard_ia is no class of S3/],
    [[...place, '--multipartUploadChunkSize=5121'], /must be from 5 to 5120 MiB, not 5121/],
    [[...place, '--copyFromManifest'], /needs --previousManifest/],
    [['--src=s3://no-such-bucket-at-all/', '--dest=s3://no-such-bucket-at-all/x/'], /does not exist/]
  ] as const) {
    const { code, out } = await bucket.run(args)
    t.match(out, sentence)
    t.not(code, 0)
  }
})

t.test('parts are large enough for ten thousand of them to hold an output', t => {
  const input = { bucket: 'b', key: 'k', etag: '', size: 2 ** 40 }
  const MiB = 1024 * 1024
  t.equal(partSizeFor(16 * MiB, [input]), Math.ceil(2 ** 40 / 9000))
  t.equal(partSizeFor(512 * MiB, [{ ...input, size: 2 ** 30 }]), 32 * MiB, 'larger ones would only take memory')
  t.equal(partSizeFor(16 * MiB, [{ ...input, size: 100 * 1024 * MiB }]), 16 * MiB, 'usual ones stay')
  t.end()
})

t.test('a source without a slash at its end is that directory, not its neighbours', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['in/a.log', 'in2/b.log', 'in.log']) await bucket.put(key, 'line\n')
  t.match(await bucket.run([`--src=${bucket.url('in')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/([a-z])\\.log']), { code: 0, out: '1 files in 1.' })
  t.same(await bucket.keys('out/'), ['out/a'])
})

t.test('two objects that would be copied to one name are told, not tried without end', async t => {
  const bucket = await Bucket.create(t)
  for (const key of ['in/x.csv', 'in/x.csv.gz', 'in/a/x.csv', 'in//x.csv']) await bucket.put(key, gzipSync('1\n'))
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--srcPattern=.*/in/x.*', '--outputCodec=gzip']), { code: 2, out: /in\/x\.csv\.gz would be copied to \S+out\/x\.csv\.gz, which another object/ })
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('in/a/')}`]), { code: 2, out: /in\/x\.csv would be copied to \S+in\/a\/x\.csv, which another object/ })
  t.match(await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`]), { code: 0 })
  t.same(await bucket.keys('out/'), ['out//x.csv', 'out/a/x.csv', 'out/x.csv', 'out/x.csv.gz'])
})

t.test('gzip members behind zeros are refused, as readers would not see them; zeros at the end are none', async t => {
  const bucket = await Bucket.create(t)
  const zeros = Buffer.alloc(70_000)
  await bucket.put('in/part-1.gz', Buffer.concat([gzipSync('a\n'), zeros, gzipSync('b\n')]))
  await bucket.put('in/part-2.gz', gzipSync('c\n'))
  await bucket.put('padded/part-1.gz', Buffer.concat([gzipSync('a\n'), gzipSync('b\n'), zeros]))
  for (const codec of ['none', 'keep']) {
    const { code, out } = await bucket.run([`--src=${bucket.url('in/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(part)-.*', `--outputCodec=${codec}`, '--deleteOnSuccess'])
    t.match({ code, out }, { code: 1, out: /in\/part-1\.gz is not what its name says: .*zeros/ }, codec)
    t.same(await bucket.keys(), ['in/part-1.gz', 'in/part-2.gz', 'padded/part-1.gz'], codec)
  }
  t.match(await bucket.run([`--src=${bucket.url('padded/')}`, `--dest=${bucket.url('out/')}`, '--groupBy=.*/(part)-.*', '--outputCodec=none']), { code: 0 })
  t.equal(await bucket.text('out/part'), 'a\nb\n')
  await bucket.put('padded/part-2.gz', gzipSync('c\n'))
  t.match(await bucket.run([`--src=${bucket.url('padded/')}`, `--dest=${bucket.url('kept/')}`, '--groupBy=.*/(part)-.*', '--deleteOnSuccess']), { code: 1, out: /follows the zeros/ })
  t.same(await bucket.keys('padded/'), ['padded/part-1.gz', 'padded/part-2.gz'], 'joined as they are, the second could not be read')
})
