import t from 'tap'
import { ShardBackoff } from '../src/shard-backoff.ts'

function allowed (backoff: ShardBackoff, shard: number, now: number): number {
  let count = 0
  while (count < 10_000 && backoff.tryTake(shard, now)) count++
  return count
}

t.test('a shard that refuses all is left alone longer and longer; others are not', async t => {
  const backoff = new ShardBackoff()
  let before = 0
  for (let failures = 1; failures <= 8; failures++) {
    backoff.record(new Map([[1, 10]]), new Map(), 0)
    const until = backoff.nextTime(1)
    t.equal(backoff.tryTake(1, until - 1), false)
    if (failures % 2 === 0) {
      t.ok(until > before / 2)
      before = until
    }
  }
  t.ok(backoff.nextTime(1) >= 2500)
  t.equal(backoff.tryTake(2, 0), true)
  t.equal(backoff.nextTime(2), 0)
})

t.test('a shard that takes some gets as much again each tenth of a second, then more until it is free', async t => {
  const backoff = new ShardBackoff()
  backoff.record(new Map([[1, 400]]), new Map([[1, 100]]), 0)
  t.equal(allowed(backoff, 1, 100), 100)
  t.equal(allowed(backoff, 1, 150), 0)
  t.equal(backoff.nextTime(1), 200)
  t.equal(allowed(backoff, 1, 200), 100)
  backoff.record(new Map(), new Map([[1, 100]]), 210)
  t.equal(allowed(backoff, 1, 300), 125)
  for (let i = 0; i < 20; i++) backoff.record(new Map(), new Map([[1, 100]]), 400)
  t.equal(backoff.isEmpty, true)
})
