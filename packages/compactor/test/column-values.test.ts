import { schema } from '@tributary/plugin'
import t from 'tap'
import { columnReader, rowReader } from '../src/column-values.ts'

t.test('a timestamp without a zone is UTC, wherever this runs', async t => {
  const zone = process.env.TZ
  process.env.TZ = 'America/New_York'
  t.teardown(() => { if (zone === undefined) delete process.env.TZ; else process.env.TZ = zone })
  const read = columnReader(schema.timestamp())
  for (const text of ['2019-11-12T15:37:35', '2019-11-12 15:37:35', '2019-11-12T15:37:35Z', '2019-11-12T16:37:35+01:00']) t.same(read(text), new Date('2019-11-12T15:37:35Z'), text)
  t.same(read('2019-11-12'), new Date('2019-11-12T00:00:00Z'))
})

t.test('a decimal is exact, or refused', async t => {
  const read = columnReader(schema.decimal(2))
  t.equal(read(12.5), 1250n)
  t.equal(read('1234567890123456.78'), 123456789012345678n)
  t.throws(() => read(123456789012345.67), /more than 15 digits/)
})

t.test('a value that a column would change is refused', async t => {
  const refused: readonly (readonly [Parameters<typeof columnReader>[0], unknown, RegExp])[] = [
    [schema.date(), 1_573_573_055_000, /is no date/], [schema.timestamp(), 1.57e18, /is no timestamp/], [schema.timestamp(), 1.5, /finer than milliseconds/],
    [schema.timestamp(), '2019-11-12T15:37:35.123456Z', /finer than milliseconds/], [schema.decimal(2, { parameters: { 'connect.decimal.precision': '5' } }), '1234.5', /does not fit into decimal\(5,2\)/],
    [schema.of('string'), 'a\ud800b', /half a surrogate pair/], [schema.of('string'), Infinity, /does not fit into float64/], [schema.of('string'), { a: [-Infinity] }, /does not fit into float64/],
    [schema.date(), '2019-11-12T15:00:00', /has a time of day/], [schema.date(), 1.5, /has a time of day/],
    [schema.of('float64'), Infinity, /does not fit into float64/], [schema.of('float32'), 1e300, /does not fit into float32/], [schema.of('float64'), 2n ** 53n + 1n, /more digits than float64 holds/]
  ]
  for (const [of, value, sentence] of refused) t.throws(() => columnReader(of)(value), sentence)
  t.same(columnReader(schema.timestamp())('2019-11-12T15:37:35.120000Z'), new Date('2019-11-12T15:37:35.120Z'))
  t.same(columnReader(schema.date())('2019-11-12T00:00:00'), new Date('2019-11-12'))
  const row = rowReader(schema.struct([['a', schema.of('int64', { optional: true })]]), new Set())
  t.throws(() => row({ a: 1, A: 2 }), /field A is there twice/)
  t.same(row({ a: 1, A: null }), [1n])
})
