import { TypedNumber, sinkRecord } from '@tributary/plugin'
import type { ConnectRecord } from '@tributary/plugin'
import t from 'tap'
import { jsonata } from '../src/jsonata.ts'

function evaluate (expression: string, value: unknown, more: Partial<Omit<ConnectRecord, 'partition'>> = {}): ConnectRecord | null {
  const transform = jsonata.create({ expression, 'timeout.ms': 50, 'max.depth': 300 }, {})
  return transform(sinkRecord({ topic: 'orders', partition: 2, offset: 1, ...more, value }))
}

t.test('the result of the expression becomes the value', async t => {
  const order = { orderid: 23, address: { city: 'City_a', zipcode: 10000 }, items: [{ n: 1 }, { n: new TypedNumber('int32', 2) }] }
  t.strictSame(evaluate('{ "id": orderid, "city": $uppercase(address.city), "total": $sum(items.n), "all": items.n }', order)?.value,
    { id: 23, city: 'CITY_A', total: 3, all: [1, 2] })
  t.equal(evaluate('$', 5)?.value, 5)
})

t.test('arrays in the result are plain arrays', async t => {
  const all = evaluate('items.n', { items: [{ n: 1 }, { n: 2 }] })?.value
  t.strictSame(Object.getOwnPropertyNames(all), ['0', '1', 'length'])
})

t.test('the rest of the record is at hand', async t => {
  const record = { key: 'k', timestamp: 7, headers: [{ key: 'h', schema: null, value: 'v' }] }
  t.strictSame(evaluate('[$topic, $partition, $timestamp, $key, $headers.h]', {}, record)?.value, ['orders', 2, 7, 'k', 'v'])
})

t.test('a record for which there is nothing is dropped', async t => {
  t.equal(evaluate('orderid[$ > 100]', { orderid: 23 }), null)
  t.equal(evaluate('null', { orderid: 23 })?.value, null)
})

t.test('integers past 2^53 and bytes pass through unchanged', async t => {
  const bytes = new Uint8Array([1, 2])
  t.strictSame(evaluate('{ "a": a, "b": b }', { a: 12345678901234567n, b: bytes })?.value, { a: 12345678901234567n, b: bytes })
})

t.test('endless recursion ends', async t => {
  t.throws(() => evaluate('($f := function($x) { $f($x) }; $f(1))', {}), /longer than timeout.ms \(50\)/)
  t.throws(() => evaluate('($f := function($x) { 1 + $f($x) }; $f(1))', {}), /deeper than max.depth \(300\)/)
  t.throws(() => evaluate('[1..9999].[1..9999]', {}), /JSONata expression/)
})

t.test('an error names its code and no value', async t => {
  t.throws(() => evaluate('a + 1', { a: 'secret' }), { kind: 'data', message: 'The JSONata expression failed on this record with T2001.' })
  t.throws(() => evaluate('function($x) { $x }', {}), /holds a function/)
})

t.test('a wrong expression is refused with its place', async t => {
  t.match(jsonata.config.keys.expression.check?.('a + ', 'expression'), /Not a JSONata expression: .*\(character \d+\)/)
})

t.test('nothing outside the record can be reached', async t => {
  t.throws(() => evaluate('$constructor("return process")()', {}), /JSONata expression failed/)
  t.equal(evaluate('__proto__', {}), null)
  t.equal(evaluate('toString.constructor', { a: 1 }), null)
})
