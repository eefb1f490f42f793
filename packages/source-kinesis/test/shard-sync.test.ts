import t from 'tap'
import type { Shard } from '@tributary/kinesis'
import type { Lease } from '../src/lease.ts'
import { leasesToCreate, leasesToRemove } from '../src/shard-sync.ts'

function shard (id: string, parents: string[] = [], closed = false): Shard {
  return { id, parents, start: 0n, end: 9n, startingSequenceNumber: '1', closed }
}

function lease (key: string, checkpoint: string, parts: Partial<Lease> = {}): Lease {
  return { key, owner: null, counter: 0, checkpoint, subSequence: 0, ownerSwitches: 0, parents: [], children: [], startingHashKey: null, endingHashKey: null, ...parts }
}

// a splits into b and c; c and d merge into e.
const tree = [shard('a', [], true), shard('b', ['a']), shard('c', ['a'], true), shard('d', [], true), shard('e', ['c', 'd'])]

function created (leases: readonly Lease[], initial: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP' = 'TRIM_HORIZON', shards = tree): string[] {
  return leasesToCreate(shards, leases, initial).map(({ key, checkpoint }) => `${key} ${checkpoint}`)
}

t.test('the first start makes leases of the oldest shards, closed ones too', async t => {
  t.same(created([]), ['a TRIM_HORIZON', 'd TRIM_HORIZON'])
  t.same(created([], 'AT_TIMESTAMP'), ['a AT_TIMESTAMP', 'd AT_TIMESTAMP'])
})

t.test('with LATEST it makes leases of the open shards', async t => {
  t.same(created([], 'LATEST'), ['b LATEST', 'e LATEST'])
  t.same(created([lease('b', 'LATEST')], 'LATEST'), ['e LATEST'], 'also when another worker was half done')
})

t.test('children follow when a parent is done, a merged one when both are', async t => {
  t.same(created([lease('a', '5'), lease('d', 'SHARD_END')]), [])
  t.same(created([lease('a', 'SHARD_END'), lease('d', '5')]), ['b TRIM_HORIZON', 'c TRIM_HORIZON'])
  t.same(created([lease('b', '5'), lease('c', 'SHARD_END'), lease('d', '5')]), [])
  t.same(created([lease('b', '5'), lease('c', 'SHARD_END'), lease('d', 'SHARD_END')]), ['e TRIM_HORIZON'])
})

t.test('a finished shard whose lease was removed is not read again', async t => {
  t.same(created([lease('b', '5'), lease('e', '6')]), [])
})

t.test('a child whose sibling has a lease is not forgotten', async t => {
  t.same(created([lease('b', '5'), lease('d', 'SHARD_END')]), ['c TRIM_HORIZON'])
})

t.test('a parent that aged out of the stream does not hold back its child', async t => {
  t.same(created([], 'TRIM_HORIZON', [shard('b', ['a'])]), ['b TRIM_HORIZON'])
})

t.test('a finished lease goes when all its children have a checkpoint of their own', async t => {
  const parent = lease('a', 'SHARD_END', { children: ['b', 'c'] })
  t.same(leasesToRemove([parent, lease('b', '5'), lease('c', 'TRIM_HORIZON')]), [])
  t.same(leasesToRemove([parent, lease('b', '5')]), [])
  t.same(leasesToRemove([parent, lease('b', '5'), lease('c', 'SHARD_END')]).map(({ key }) => key), ['a'])
  t.same(leasesToRemove([lease('a', '5', { children: ['b'] }), lease('b', '5')]), [])
})
