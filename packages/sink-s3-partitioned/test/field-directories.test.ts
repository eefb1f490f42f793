import { Decimal, sinkRecord, TypedNumber } from '@tributary/plugin'
import t from 'tap'
import { fieldDirectories, hiveEscape, hiveUnescape, partitionValues } from '../src/field-directories.ts'

t.test('values are escaped as Hive escapes them, and back', async t => {
  t.equal(hiveEscape('a/b:c=d%e{f}\u0001'), 'a%2Fb%3Ac%3Dd%25e%7Bf}%01')
  t.equal(hiveEscape(''), '__HIVE_DEFAULT_PARTITION__')
  for (const value of ['2019-11-12 15:00', 'Xi\u2019an', '100%25', '\\x^y']) t.equal(hiveUnescape(hiveEscape(value)), value)
})

t.test('a directory tells its columns only when all of it is of Hive kind', async t => {
  t.same(partitionValues('ot=2019111215/state=a%2Fb'), new Map([['ot', '2019111215'], ['state', 'a/b']]))
  t.same(partitionValues('2019/11/12'), new Map())
  t.same(partitionValues('ot=1/plain'), new Map())
})

t.test('a value of any type makes a directory', async t => {
  const directory = fieldDirectories(['f'], '/')
  const of = (f: unknown): string => directory(sinkRecord({ topic: 'orders', partition: 0, offset: 0, timestamp: 0, value: { f } }))
  t.equal(of(new Decimal(1250n, 2)), 'f=12.50')
  t.equal(of(new Date('2019-11-12T00:00:00Z')), 'f=2019-11-12')
  t.equal(of(new Date('2019-11-12T15:37:35Z')), 'f=2019-11-12T15%3A37%3A35.000Z')
  t.equal(of(new TypedNumber('float64', 0.1, '0.10000000000000000001')), 'f=0.10000000000000000001')
  t.equal(of({ a: 1n }), 'f={%22a%22%3A1}'.replace('{', '%7B'))
  t.equal(of(-7n), 'f=-7')
  t.equal(of(true), 'f=true')
  t.throws(() => of(new Date(NaN)), /not valid/)
})
