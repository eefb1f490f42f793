import t from 'tap'
import type { Shard } from '@tributary/kinesis'
import { dealShards, families, readable } from '../src/lineage.ts'

function shard (id: string, parents: string[] = [], closed = false): Shard {
  return { id, parents, start: 0n, end: 9n, startingSequenceNumber: '1', closed }
}

const shards = [shard('a', [], true), shard('b', ['a']), shard('c', ['a']), shard('d'), shard('e', ['gone'])]

t.test('shards linked by splits and merges are one family', async t => {
  t.same(families(shards), [['a', 'b', 'c'], ['d'], ['e']])
  t.same(families([shard('x', ['a', 'd']), ...shards]), [['x', 'a', 'b', 'c', 'd'], ['e']])
})

t.test('families are dealt to tasks by their open shards', async t => {
  t.same(dealShards(shards, 2), [['a', 'b', 'c'], ['d', 'e']])
  t.same(dealShards(shards, 10).length, 3)
})

t.test('a shard is readable when no listed parent is left undone', async t => {
  const own = new Set(['a', 'b', 'e'])
  t.same(readable(shards, own, new Set()).map(({ id }) => id), ['a', 'e'])
  t.same(readable(shards, own, new Set(['a'])).map(({ id }) => id), ['b', 'e'])
})
