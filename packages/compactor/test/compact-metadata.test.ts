import { gzipSync } from 'node:zlib'
import t from 'tap'
import { Bucket } from './bucket.ts'
import { linesOf, location, run } from './partition.ts'

t.test('records stand in the order of their offsets, those of earlier runs first', async t => {
  const bucket = await Bucket.create(t)
  const put = (names: readonly string[]): Promise<void[]> => Promise.all(names.map(name => bucket.put(`${location}${name}.json`, `${name}\n`)))
  await put(['a+0+9', 'a+0+10', 'a+0+1000', 'a+10+3', 'a+9+5', 'a+0+98765432109876543210', 'a+0+98765432109876543209'])
  t.match(await run(bucket), { code: 0, out: /: compacted/ })
  const first = ['a+0+9', 'a+0+10', 'a+0+1000', 'a+0+98765432109876543209', 'a+0+98765432109876543210', 'a+9+5', 'a+10+3']
  t.same(await linesOf(bucket, await bucket.keys()), first)
  await put(['a+0+98765432109876543211', 'a+9+60'])
  t.match(await run(bucket), { code: 0, out: /: compacted/ })
  t.same(await linesOf(bucket, await bucket.keys()), [...first, 'a+0+98765432109876543211', 'a+9+60'])
})

/** What the sink writes about an object. */
const told = (first: number, last: number, records: number, partition = 0): Record<string, string> =>
  ({ 'tributary-topic': 'orders', 'tributary-partition': String(partition), 'tributary-first': String(first), 'tributary-last': String(last), 'tributary-records': String(records) })

t.test('a file with fewer or more lines than its sink wrote records is told, and neither replaced nor deleted', async t => {
  const bucket = await Bucket.create(t)
  const two = '{"a":1}\n\n{"a":2}'
  await bucket.put(`${location}orders+0+0.json`, two, undefined, told(0, 1, 2))
  await bucket.put(`${location}orders+0+4.json.gz`, gzipSync(''), undefined, told(4, 4, 0))
  for (const records of [1, 3]) {
    await bucket.put(`${location}orders+0+2.json`, two, undefined, told(2, 3, records))
    const before = await bucket.keys()
    for (const more of [['--publish=manifest'], ['--outputCodec=gzip'], ['--format=parquet'], ['--format=parquet', '--schema={"type":"record","name":"o","fields":[{"name":"a","type":"long"}]}']]) {
      t.match(await run(bucket, ...more), { code: 1, out: new RegExp(`orders\\+0\\+2\\.json has 2 lines, but its sink wrote ${records} records`) })
      t.same(await bucket.keys(), before)
    }
  }
  t.match(await run(bucket, '--ignoreMetadata'), { code: 0, out: /: compacted/ })
  await bucket.put(`${location}orders+0+5.bin`, 'a\nb', undefined, told(5, 5, 1))
  await bucket.put(`${location}orders+0+6.bin`, 'a', undefined, told(6, 6, 1))
  t.match(await run(bucket), { code: 0, out: /: compacted/ }, 'bytes are not lines')
})

t.test('one file that is not what its sink wrote keeps the whole partition as it is', async t => {
  const bucket = await Bucket.create(t)
  for (const offset of [0, 1, 2, 3]) await bucket.put(`${location}orders+0+${offset}.json`, `"${'x'.repeat(450_000)}"\n`, undefined, told(offset, offset, offset === 3 ? 2 : 1))
  const before = await bucket.keys()
  t.match(await run(bucket, '--targetSize=1'), { code: 1, out: /has 1 lines, but its sink wrote 2 records/ })
  t.same(await bucket.keys(), before)
})

t.test('files with the same offsets are told, and nothing is published or deleted', async t => {
  const bucket = await Bucket.create(t)
  const put = (name: string, metadata: Record<string, string>): Promise<void> => bucket.put(`${location}${name}`, `"${'x'.repeat(300_000)}"\n`, undefined, metadata)
  await put('orders+0+0.json', told(0, 10, 1))
  await put('orders+0+20.json', told(20, 30, 1))
  await put('orders+1+5.json', told(5, 25, 1, 1))
  await put('orders+0+0.keys.json', told(0, 10, 1))
  await put('orders+0+20.keys.json', told(20, 30, 1))
  await put('orders+0+0+g1.json', told(0, 30, 1))
  await put('orders+0+31.json', told(30, 40, 1))
  const before = await bucket.keys()
  // Of one output, and of two.
  for (const more of [[], ['--publish=manifest'], ['--targetSize=1'], ['--targetSize=1', '--publish=manifest']]) {
    t.match(await run(bucket, ...more), { code: 1, out: /orders\+0\+20\.json and .*orders\+0\+31\.json both hold offsets of orders-0: 20 to 30, and 30 to 40\./ })
    t.same(await bucket.keys(), before)
  }
  await bucket.remove(`${location}orders+0+31.json`)
  await put('orders+0+31.json', told(31, 40, 1))
  t.match(await run(bucket), { code: 0, out: /: compacted/ }, 'after offsets were reset they come again, in files that say so')
})
