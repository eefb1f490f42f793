import t from 'tap'
import { hashKeyOf, ShardMap, shardNumber } from '../src/index.ts'

const quarter = 1n << 126n

function shard (number: number, start: bigint, end: bigint, closed = false) {
  return { id: `shardId-${String(number).padStart(12, '0')}`, parents: [], start, end, startingSequenceNumber: '1', closed }
}

t.test('a hash key belongs to the open shard whose range holds it', async t => {
  const map = new ShardMap([shard(5, quarter, 2n * quarter - 1n), shard(0, 0n, 2n * quarter - 1n, true), shard(4, 0n, quarter - 1n), shard(1, 2n * quarter, 4n * quarter - 1n)])
  const owner = (key: bigint): string | undefined => map.shards[map.indexOf(key)]?.id.slice(-1)
  t.same([0n, quarter - 1n, quarter, 2n * quarter - 1n, 2n * quarter, 4n * quarter - 1n].map(owner), ['4', '4', '5', '5', '1', '1'])
  const { start = 0n, end = 0n } = map.shards[map.indexOf(hashKeyOf('any'))] ?? {}
  t.ok(hashKeyOf('any') >= start && hashKeyOf('any') <= end)
})

t.test('a shard\'s partition number is the number at the end of its id', async t => {
  t.equal(shardNumber('shardId-000000000012'), 12)
  t.throws(() => shardNumber('shard'), /does not end in a number/)
})
