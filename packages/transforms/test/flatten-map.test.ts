import fc from 'fast-check'
import t from 'tap'
import { MapFlattener } from '../src/flatten-map.ts'

function naive (map: object, prefix: string, into: Map<string, unknown>): Map<string, unknown> {
  for (const [key, value] of Object.entries(map) as [string, unknown][]) {
    const name = prefix === '' ? key : `${prefix}.${key}`
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) naive(value, name, into)
    else into.set(name, value)
  }
  return into
}

const { maps } = fc.letrec<{ maps: Record<string, unknown>, value: unknown }>(tie => ({
  maps: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'a.b', '', 'toString', '1'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, fc.constantFrom(null, 1, 'x', true, [1], 9007199254740993n), tie('maps'))
}))

t.test('compiled plans give what joining the names one by one gives', async () => {
  fc.assert(fc.property(fc.array(maps, { minLength: 1, maxLength: 20 }), list => {
    const flattener = new MapFlattener('.', 'copy')
    return [...list, ...list].every(map => {
      const expected = naive(map, '', new Map())
      const flat = flattener.flatten(map)
      return Object.keys(flat).length === expected.size && Array.from(expected).every(([name, value]) => flat[name] === value)
    })
  }), { numRuns: 500 })
})

t.test('data without a repeating shape goes on being flattened', async t => {
  const flattener = new MapFlattener('.', 'copy')
  const names = Array.from({ length: 500 }, (_, i) => Object.keys(flattener.flatten({ m: { [`k${i}`]: i } }))[0])
  t.strictSame(names, names.map((_, i) => `m.k${i}`))
})

t.test('a bigint that is no INT64 is refused by compiled plans too', async t => {
  const flattener = new MapFlattener('.', 'copy')
  for (const a of [1, 2n ** 62n, 2n ** 70n]) for (let i = 0; i < 2; i++) t.strictSame(flattener.flatten({ m: { a } }), { 'm.a': a })
  t.throws(() => flattener.flatten({ m: { a: 7n } }), { kind: 'data', message: /BigInteger/ })
})
