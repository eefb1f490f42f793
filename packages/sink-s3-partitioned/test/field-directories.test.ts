import t from 'tap'
import { hiveEscape, hiveUnescape, partitionValues } from '../src/field-directories.ts'

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
