import { schema } from '@tributary/plugin'
import t from 'tap'
import { columnReader } from '../src/column-values.ts'

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
