import t from 'tap'
import { Positions } from '../../src/sink-task/positions.ts'

const orders = { topic: 'orders', partition: 0 }
const none = (): null => null

function positions (): Positions {
  const all = new Positions()
  all.add([{ ...orders, offset: 5 }, { ...orders, partition: 1, offset: 5 }])
  return all
}

function poll (all: Positions, partition: number, next: number): void { all.polled([{ topic: 'orders', partition, records: [], next, lag: 0 }]) }

t.test('a partition waits from the first record that was put until all is committed', async t => {
  const all = positions()
  all.put(1000)
  t.same(all.waiting(0, 9000), [])
  poll(all, 0, 7)
  all.put(2000)
  poll(all, 0, 9)
  poll(all, 1, 6)
  all.put(3000)
  t.same(all.waiting(0, 9000), [{ ...orders, offset: 5, forMs: 7000 }, { ...orders, partition: 1, offset: 5, forMs: 6000 }], 'the longest first')
  t.same(all.waiting(6500, 9000).map(({ partition }) => partition), [0])
  t.same(all.owned(none).map(one => one.uncommitted_since), [2000, 3000])
  all.committed([{ ...orders, offset: 7 }, { ...orders, partition: 1, offset: 6 }], 8000)
  t.same(all.waiting(0, 9000), [{ ...orders, offset: 7, forMs: 1000 }], 'progress starts the time anew')
  all.committed([{ ...orders, offset: 9 }], 9000)
  t.same(all.waiting(0, 9500), [])
})

t.test('nothing waits after reading has gone back to the last commit', async t => {
  const all = positions()
  poll(all, 0, 7)
  all.put(1000)
  all.sought(all.lastCommitted())
  t.same(all.waiting(0, 9000), [])
})
