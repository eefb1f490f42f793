import t from 'tap'
import { LeaseClock, leasesToTake } from '../src/lease-assignment.ts'
import type { Lease } from '../src/lease.ts'

const failoverMs = 1000

function lease (number: number, owner: string | null, counter = 1, checkpoint = '1'): Lease {
  return { key: `shardId-${number}`, owner, counter, checkpoint, subSequence: 0, ownerSwitches: 0, parents: [], children: [], startingHashKey: null, endingHashKey: null }
}

function take (leases: readonly Lease[], options: { worker?: string, now?: number, clock?: LeaseClock, held?: readonly string[] } = {}): string[] {
  const { worker = 'me', now = 0, clock = new LeaseClock(), held = leases.filter(l => l.owner === worker).map(({ key }) => key) } = options
  clock.note(leases, now)
  return leasesToTake({ leases, worker, failoverMs, now, clock, isHeld: key => held.includes(key), random: () => 0 }).map(({ key }) => key).sort()
}

t.test('the first worker takes all unowned leases at once', async t => {
  t.same(take([lease(1, null), lease(2, null), lease(3, null)]), ['shardId-1', 'shardId-2', 'shardId-3'])
})

t.test('a worker leaves others their share of unowned leases', async t => {
  t.equal(take([lease(1, 'you'), lease(2, null), lease(3, null), lease(4, null)]).length, 2)
})

t.test('a lease is expired only after a full failover period without a new counter, seen by oneself', async t => {
  const clock = new LeaseClock()
  const silent = [lease(1, 'dead', 7)]
  t.same(take(silent, { clock, now: 0 }), [])
  t.same(take(silent, { clock, now: 1000 }), [])
  t.same(take([lease(1, 'dead', 8)], { clock, now: 1500 }), [])
  t.same(take([lease(1, 'dead', 8)], { clock, now: 2400 }), [])
  t.same(take([lease(1, 'dead', 8)], { clock, now: 2501 }), ['shardId-1'])
})

t.test('leases without sign of life for three periods are taken beyond the share', async t => {
  const clock = new LeaseClock()
  const mine = lease(1, 'me')
  const old = [lease(2, 'dead'), lease(3, 'dead')]
  take([mine, ...old], { clock, now: 0 })
  t.same(take([mine, ...old], { clock, now: 3001 }), ['shardId-2', 'shardId-3'])
})

t.test('one lease is stolen from the worker that has most, when none is free', async t => {
  const rich = [1, 2, 3, 4].map(n => lease(n, 'rich'))
  t.equal(take([...rich, lease(5, 'poor'), lease(6, 'poor')]).length, 1)
  t.match(take([...rich, lease(5, 'poor'), lease(6, 'poor')]), [/shardId-[1-4]/])
})

t.test('nothing is stolen for the sake of one lease more or less', async t => {
  t.same(take([lease(1, 'a'), lease(2, 'a'), lease(3, 'me')]), [])
  t.same(take([lease(1, 'a'), lease(2, 'b')]), [])
})

t.test('finished shards do not count', async t => {
  t.same(take([lease(1, 'a', 1, 'SHARD_END'), lease(2, 'a', 1, 'SHARD_END'), lease(3, null, 1, 'SHARD_END'), lease(4, 'a')]), [])
})

t.test('a lease that only the table calls one\'s own is taken again', async t => {
  t.same(take([lease(1, 'me')], { held: [] }), ['shardId-1'])
})
