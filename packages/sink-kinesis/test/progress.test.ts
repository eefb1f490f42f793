import t from 'tap'
import { Progress } from '../src/progress.ts'

t.test('an unacknowledged record holds back those after it', async t => {
  const progress = new Progress('orders', 0)
  const [a, b, c] = [progress.add(10), progress.add(11), progress.add(15)]
  progress.complete(c)
  progress.complete(b)
  t.equal(progress.position, null)
  progress.complete(a)
  t.equal(progress.position, 16)
  t.equal(progress.isIdle, true)
})

t.test('offsets beyond 2^53 stay exact', async t => {
  const progress = new Progress('stream', 0)
  progress.complete(progress.add(49680482182675775269632150838088088796538238561490567170n))
  t.equal(progress.position, 49680482182675775269632150838088088796538238561490567171n)
})

t.test('the position after any order of acknowledgements is the first gap', async t => {
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below
  const progress = new Progress('orders', 0)
  const open = new Map<number, number>()
  for (let offset = 0; offset < 30_000; offset++) {
    open.set(offset, progress.add(offset))
    while (open.size > random(500)) {
      const [oldest = 0] = open.keys()
      const picked = oldest + random(200)
      const slot = open.get(picked)
      if (slot === undefined) continue
      progress.complete(slot)
      open.delete(picked)
      const [gap = offset + 1] = open.keys()
      if (gap > 0 && progress.position !== gap) t.fail(`position ${progress.position}, first gap ${gap}`)
    }
  }
  t.equal(progress.isIdle, open.size === 0)
})
