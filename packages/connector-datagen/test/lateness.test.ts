import t from 'tap'
import { valuesOf } from './values-of.ts'

const start = 1_573_573_055_000

function times (late: unknown, options: { seed?: number, first?: number } = {}, count = 10_000): number[] {
  return valuesOf({ type: 'long', 'arg.properties': { iteration: { start, step: 10 }, ...late === undefined ? {} : { late } } }, count, options) as number[]
}

/** How far each time is behind where it would stand. */
const delays = (values: readonly number[]): number[] => values.map((value, i) => start + i * 10 - value)

t.test('a share of the times is late, by an amount within the bounds', async t => {
  const found = delays(times({ odds: 0.05, min: 60_000, max: 3_600_000 }))
  const late = found.filter(delay => delay > 0)
  t.ok(Math.abs(late.length / found.length - 0.05) < 0.01, String(late.length))
  t.ok(late.every(delay => delay >= 60_000 && delay < 3_600_000))
})

t.test('small delays of all make times that are out of order', async t => {
  const values = times({ max: 500 })
  t.ok(delays(values).every(delay => delay >= 0 && delay < 500))
  t.ok(values.some((value, i) => i > 0 && value < values[i - 1]!))
})

t.test('several delays add up', async t => {
  const found = delays(times([{ max: 500 }, { odds: 0.01, min: 86_400_000, max: 86_400_001 }]))
  t.ok(found.every(delay => delay < 500 || (delay >= 86_400_000 && delay < 86_400_500)))
  t.ok(found.some(delay => delay >= 86_400_000))
})

t.test('the same seed is late in the same places, and a restart goes on there', async t => {
  const late = { odds: 0.5, max: 1000 }
  t.same(times(late, { seed: 9 }, 100), times(late, { seed: 9 }, 100))
  t.notSame(times(late, { seed: 9 }, 100), times(late, { seed: 10 }, 100))
})

t.test('counters are not disturbed', async t => {
  t.same(delays(times(undefined, {}, 5)), [0, 0, 0, 0, 0])
  t.equal(times({ odds: 0.5, max: 2 }, { first: 1000 }, 1)[0]! > start + 9990, true)
})

t.test('ranges and dates may be late too, integers beyond 2^53 exactly', async t => {
  t.same(valuesOf({ type: 'int', 'arg.properties': { range: { min: 100, max: 101 }, late: { min: 7, max: 8 } } }, 1), [93])
  t.same(valuesOf({ type: 'long', logicalType: 'timestamp-millis', 'arg.properties': { iteration: { start }, late: { min: 5, max: 6 } } }, 1), [new Date(start - 5)])
  t.same(valuesOf({ type: 'long', 'arg.properties': { iteration: { start: 2 ** 53 + 2 }, late: { min: 1, max: 2 } } }, 1), [2n ** 53n + 1n])
})

t.test('a wrong "late" is told in one sentence', async t => {
  t.throws(() => times({ odds: 0.1 }, {}, 1), { kind: 'config', message: '"max" of "late" of the schema is missing.' })
  t.throws(() => times({ odds: 2, max: 5 }, {}, 1), { message: '"odds" of "late" of the schema must be greater than 0 and at most 1.' })
  t.throws(() => times({ min: 5, max: 5 }, {}, 1), { message: '"max" of "late" of the schema must be greater than "min", which is at least 0.' })
  t.throws(() => times(500, {}, 1), { message: '"late" of the schema must be an object with "max", or an array of such objects.' })
  t.throws(() => valuesOf({ type: 'string', 'arg.properties': { late: { max: 5 } } }, 1), { message: '"late" of the schema needs "iteration" or "range" of an int or long.' })
})
