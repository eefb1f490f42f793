import t from 'tap'
import { shares, valuesOf } from './values-of.ts'

const options = (properties: object): object => ({ type: 'string', 'arg.properties': properties })

t.test('options come as often as their weights say', async t => {
  const found = shares(valuesOf(options({ options: ['a', 'b', 'c', 'd'], weights: [6, 3, 1, 0] }), 20_000))
  t.same(Object.keys(found).toSorted(), ['a', 'b', 'c'])
  t.ok(Math.abs(found['a']! - 0.6) < 0.02, String(found['a']))
  t.ok(Math.abs(found['b']! - 0.3) < 0.02, String(found['b']))
})

t.test('symbols of an enum have weights too', async t => {
  const found = shares(valuesOf({ type: 'enum', name: 'e', symbols: ['X', 'Y'], 'arg.properties': { weights: [0.9, 0.1] } }, 20_000))
  t.ok(Math.abs(found['Y']! - 0.1) < 0.01, String(found['Y']))
})

t.test('a weight makes null rare; branches without one count 1', async t => {
  const found = shares(valuesOf([{ type: 'null', 'arg.properties': { weight: 0.25 } }, 'boolean'], 20_000))
  t.ok(Math.abs(found['null']! - 0.2) < 0.01, String(found['null']))
})

t.test('the same seed draws the same', async t => {
  const type = options({ options: ['a', 'b', 'c'], weights: [1, 2, 3] })
  t.same(valuesOf(type, 50, { seed: 7 }), valuesOf(type, 50, { seed: 7 }))
})

t.test('wrong weights are told in one sentence', async t => {
  const sentence = /^"weights" of the schema must be an array of 2 numbers, one for each value: 0 or more, and not all 0\.$/
  for (const weights of [[1], [1, -1], [0, 0], ['1', '2'], 5]) t.throws(() => valuesOf(options({ options: ['a', 'b'], weights }), 1), { kind: 'config', message: sentence })
  t.throws(() => valuesOf(options({ weights: [1] }), 1), { message: '"weights" of the schema needs "options", or an enum.' })
  t.throws(() => valuesOf([{ type: 'null', 'arg.properties': { weight: -1 } }, 'int'], 1), { message: '"weight" of the schema must be 0 or more, and not 0 for every branch.' })
})
