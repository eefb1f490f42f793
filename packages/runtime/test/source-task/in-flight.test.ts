import { sourceRecord, type SourceRecord } from '@tributary/plugin'
import t from 'tap'
import { InFlight } from '../../src/source-task/in-flight.ts'

const record = (file: string, n: number): SourceRecord => sourceRecord({ topic: 't', sourcePartition: { file }, sourceOffset: { n } })
const taken = (inFlight: InFlight): string[] => inFlight.take().map(({ partition, offset }) => `${String(partition.file)}${String(offset.n)}`).toSorted()

t.test('an unfinished record holds back those behind it, of its own partition only', async t => {
  const inFlight = new InFlight()
  const { done } = inFlight.add([record('a', 1), record('b', 1), record('a', 2), record('b', 2)])
  for (const index of [1, 2, 3]) done(index)
  t.same(taken(inFlight), ['b2'])
  done(0)
  t.same(taken(inFlight), ['a2', 'b2'])
  t.same(taken(inFlight), [])
})

t.test('a later batch does not overtake an earlier one', async t => {
  const inFlight = new InFlight()
  const first = inFlight.add([record('a', 1), record('a', 2)])
  const second = inFlight.add([record('a', 3)])
  second.done(0)
  first.done(0)
  t.same(taken(inFlight), ['a1'])
  first.done(1)
  t.same(taken(inFlight), ['a3'])
  t.equal(inFlight.active, 0)
})

t.test('progress that could not be stored comes again, unless there is newer', async t => {
  const inFlight = new InFlight()
  inFlight.add([record('a', 1), record('b', 1)]).done(0)
  const progress = inFlight.take()
  inFlight.add([record('c', 1)]).done(0)
  inFlight.restore(progress)
  t.same(taken(inFlight), ['a1', 'c1'])
})

t.test('batches are told in order, with what was dropped', async t => {
  const told: number[] = []
  const inFlight = new InFlight(records => { told.push(records.length) })
  const first = inFlight.add([record('a', 1)])
  inFlight.add([], [record('a', 2), record('a', 3)])
  t.same(told, [])
  first.done(0)
  t.same(told, [1, 2])
  t.same(taken(inFlight), ['a1'], 'dropped records do not move the offset')
})

t.test('the record that holds everything up is known', async t => {
  const inFlight = new InFlight()
  t.equal(inFlight.stuckFor(0), null)
  const { done } = inFlight.add([record('a', 1), record('b', 1)])
  inFlight.add([record('c', 1)]).done(0)
  done(0)
  t.match(inFlight.stuckFor(0), { sourcePartition: { file: 'b' } })
  t.equal(inFlight.stuckFor(60_000), null, 'not for so long yet')
  done(1)
  t.equal(inFlight.stuckFor(0), null)
})
