import t from 'tap'
import { shares, valuesOf } from './values-of.ts'

const count = 20_000

function numbers (type: string, distribution: object, range: object): number[] {
  return valuesOf({ type, 'arg.properties': { range, distribution } }, count) as number[]
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function deviation (values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map(value => (value - middle) ** 2)))
}

t.test('a normal distribution has its mean and deviation, and keeps to the range', async t => {
  const values = numbers('double', { type: 'normal', mean: 40, deviation: 10 }, { min: 0, max: 100 })
  t.ok(Math.abs(mean(values) - 40) < 0.5, String(mean(values)))
  t.ok(Math.abs(deviation(values) - 10) < 0.5, String(deviation(values)))
  t.ok(values.every(value => value >= 0 && value < 100))
})

t.test('a normal distribution stands in the middle by itself', async t => {
  const values = numbers('long', { type: 'normal' }, { min: -600, max: 600 })
  t.ok(Math.abs(mean(values)) < 10, String(mean(values)))
  t.ok(Math.abs(deviation(values) - 200) < 10, String(deviation(values)))
  t.ok(values.every(value => Number.isInteger(value)))
})

t.test('an exponential distribution begins at the lower end', async t => {
  const values = numbers('double', { type: 'exponential', mean: 5 }, { min: 10, max: 110 })
  t.ok(Math.abs(mean(values) - 15) < 0.3, String(mean(values)))
  t.ok(values.every(value => value >= 10 && value < 110))
})

t.test('the first values of a zipf distribution are the most frequent, each by its rank', async t => {
  const found = shares(numbers('int', { type: 'zipf', exponent: 1 }, { min: 1, max: 11 }))
  const sum = Array.from({ length: 10 }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b)
  for (const rank of [1, 2, 5, 10]) t.ok(Math.abs(found[rank]! - 1 / rank / sum) < 0.015, `${rank}: ${found[rank]}`)
  t.same(Object.keys(found).length, 10)
})

t.test('a zipf distribution takes any exponent and billions of values', async t => {
  const steep = shares(numbers('long', { type: 'zipf', exponent: 2 }, { min: 0, max: 5_000_000_000 }))
  t.ok(Math.abs(steep['0']! - 6 / Math.PI ** 2) < 0.02, String(steep['0']))
  const flat = numbers('long', { type: 'zipf', exponent: 0.5 }, { min: 0, max: 1_000_000 })
  t.ok(flat.every(value => value >= 0 && value < 1_000_000))
  // Of n values, the first quarter has half of all draws: sqrt(n/4) / sqrt(n).
  t.ok(Math.abs(flat.filter(value => value < 250_000).length / count - 0.5) < 0.02)
})

t.test('wrong distributions are told in one sentence', async t => {
  const range = { min: 0, max: 10 }
  t.throws(() => numbers('int', { type: 'gamma' }, range), { kind: 'config', message: /^"type" of "distribution" of the schema must be "normal", "exponential" or "zipf"\.$/ })
  t.throws(() => numbers('int', { type: 'normal', mean: 11 }, range), { message: /^"mean" of "distribution" of the schema must lie within the range\.$/ })
  t.throws(() => numbers('int', { type: 'normal', deviation: 0 }, range), { message: /^"deviation" of "distribution" of the schema must be greater than 0 and at most 10\.$/ })
  t.throws(() => numbers('double', { type: 'zipf' }, range), { message: /may be "zipf" for whole numbers only\.$/ })
  t.throws(() => numbers('long', { type: 'zipf' }, { min: 0 }), { message: /^"distribution" of the schema needs a range within 2\^53\.$/ })
  t.throws(() => valuesOf({ type: 'int', 'arg.properties': { distribution: { type: 'zipf' } } }, 1), { message: '"distribution" of the schema needs "range".' })
})
