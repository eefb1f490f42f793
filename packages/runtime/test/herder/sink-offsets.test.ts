import t from 'tap'
import { offsetsMessage, sinkOffsetsOf } from '../../src/herder/sink-offsets.ts'

const place = { kafka_topic: 't', kafka_partition: 0 }

function refusal (partition: unknown, offset: unknown): string {
  try {
    sinkOffsetsOf([{ partition: partition as Record<string, unknown>, offset: offset as Record<string, unknown> }])
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}

t.test('numbers may be text, and null forgets', async t => {
  t.same(sinkOffsetsOf([{ partition: place, offset: { kafka_offset: '12' } }, { partition: { ...place, kafka_partition: '3' }, offset: null }]),
    [{ topic: 't', partition: 0, offset: 12 }, { topic: 't', partition: 3, offset: null }])
})

t.test('what cannot be used is refused with Kafka\'s words', async t => {
  t.match(refusal(null, null), 'cannot be null or missing')
  t.match(refusal({ kafka_topic: 't' }, null), 'must contain the keys')
  t.match(refusal({ ...place, kafka_topic: null }, null), 'topic names must be valid')
  t.match(refusal({ ...place, kafka_partition: 'x' }, null), 'Kafka partition value in the provided offsets: \'x\'')
  t.match(refusal(place, { kafka_offset: 1.5 }), 'Kafka offset value in the provided offsets: \'1.5\'')
  t.match(refusal(place, { other: 1 }), 'contain the key \'kafka_offset\'')
})

t.test('the answer says whether offsets elsewhere are left to the user', async t => {
  t.equal(offsetsMessage('reset', true), 'The offsets for this connector have been reset successfully')
  t.match(offsetsMessage('alter', false), /manually altered in the system/)
})
