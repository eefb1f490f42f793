import { sinkRecord } from '@tributary/plugin'
import t from 'tap'
import { hasHeaderKey } from '../src/has-header-key.ts'
import { recordIsTombstone } from '../src/record-is-tombstone.ts'

t.test('a record has a header of the name, or not', async t => {
  const has = hasHeaderKey.create({ name: 'a' }, {})
  t.equal(has(sinkRecord({ topic: 't', partition: 0, offset: 0, headers: [{ key: 'a', schema: null, value: null }] })), true)
  t.equal(has(sinkRecord({ topic: 't', partition: 0, offset: 0 })), false)
})

t.test('a null value makes a tombstone, an empty text does not', async t => {
  const isTombstone = recordIsTombstone.create({}, {})
  t.equal(isTombstone(sinkRecord({ topic: 't', partition: 0, offset: 0 })), true)
  t.equal(isTombstone(sinkRecord({ topic: 't', partition: 0, offset: 0, value: '' })), false)
})
