import t from 'tap'
import { assignors, decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from '../../src/kafka/assignors.ts'

const counts: Readonly<Record<string, number>> = { a: 3, b: 2 }
const partitionsOf = (topic: string): number => counts[topic] ?? 0
const members = [{ id: 'm2', topics: ['a', 'b'] }, { id: 'm1', topics: ['a', 'b'] }]

function names (assigned: ReturnType<typeof assignors.range>): Record<string, string[]> {
  return Object.fromEntries(Array.from(assigned, ([id, partitions]) => [id, partitions.map(({ topic, partition }) => `${topic}${partition}`)]))
}

t.test('range gives consecutive partitions of each topic, the first members one more', async t => {
  t.same(names(assignors.range(members, partitionsOf)), { m1: ['a0', 'a1', 'b0'], m2: ['a2', 'b1'] })
})

t.test('round robin deals all partitions out in turn', async t => {
  t.same(names(assignors.roundrobin(members, partitionsOf)), { m1: ['a0', 'a2', 'b1'], m2: ['a1', 'b0'] })
})

t.test('a member gets only topics it is subscribed to', async t => {
  const mixed = [{ id: 'm1', topics: ['a'] }, { id: 'm2', topics: ['a', 'b'] }]
  t.same(names(assignors.range(mixed, partitionsOf)), { m1: ['a0', 'a1'], m2: ['a2', 'b0', 'b1'] })
  t.same(names(assignors.roundrobin(mixed, partitionsOf)), { m1: ['a0', 'a2'], m2: ['a1', 'b0', 'b1'] })
})

t.test('subscriptions and assignments have the bytes of Java\'s protocol, version 0', async t => {
  t.equal(encodeSubscription(['a']).toString('hex'), '0000' + '00000001' + '000161' + 'ffffffff')
  t.equal(encodeAssignment([{ topic: 'a', partition: 0 }, { topic: 'a', partition: 2 }]).toString('hex'), '0000' + '00000001' + '000161' + '00000002' + '00000000' + '00000002' + 'ffffffff')
})

t.test('what later versions append is passed over', async t => {
  t.same(decodeSubscription(Buffer.from('0001' + '00000001' + '000161' + 'ffffffff' + '00000000', 'hex')), ['a'])
  t.same(decodeAssignment(encodeAssignment([{ topic: 'a', partition: 1 }])), [{ topic: 'a', partition: 1 }])
  t.same(decodeAssignment(Buffer.alloc(0)), [])
})
