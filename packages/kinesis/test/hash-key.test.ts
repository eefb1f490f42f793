import t from 'tap'
import { spreadHashKey } from '../src/index.ts'

t.test('any number of partitions in a row is spread evenly over the hash keys', async t => {
  for (const count of [1, 2, 4, 8, 64, 512]) {
    const keys = Array.from({ length: count }, (_, partition) => spreadHashKey(partition)).sort((a, b) => (a < b ? -1 : 1))
    t.same(keys, Array.from({ length: count }, (_, i) => (1n << 128n) / BigInt(count) * BigInt(i)))
  }
})

t.test('a hash key never leaves the space, and partitions never share one', async t => {
  const keys = new Set(Array.from({ length: 5000 }, (_, partition) => spreadHashKey(partition)))
  t.equal(keys.size, 5000)
  for (const key of keys) t.ok(key >= 0n && key < 1n << 128n)
})
