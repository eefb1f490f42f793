import t from 'tap'
import { timestampRouter } from '../src/timestamp-router.ts'
import { apply } from './apply.ts'

t.test('topic and formatted timestamp make the new topic', async t => {
  t.equal(apply(timestampRouter, {}, { timestamp: 1573573055000 })?.topic, 'orders-20191112')
  t.equal(apply(timestampRouter, { 'topic.format': '${timestamp}/${topic}/$1', 'timestamp.format': 'yyyy' }, { timestamp: 0 })?.topic, '1970/orders/$1')
})

t.test('a record without a timestamp is refused', async t => {
  t.throws(() => apply(timestampRouter, {}, {}), { message: 'Timestamp missing on record' })
})
