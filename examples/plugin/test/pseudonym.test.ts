import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf, schema, sourceRecord } from '@tributary/plugin'
import { pseudonymOfKey, pseudonymOfValue } from '../src/pseudonym.ts'

test('a field becomes its HMAC, the others and the record stay', () => {
  const transform = pseudonymOfValue.create(configOf(pseudonymOfValue.config, { field: 'name', secret: 's' }), {})
  const record = sourceRecord({ topic: 'a', key: 'Bob', value: { name: 'Bob', age: 7 }, timestamp: 5 })
  const changed = transform(record)
  assert.ok(changed)
  const { name, ...others } = changed.value as { name: string }
  assert.match(name, /^[0-9a-f]{64}$/)
  assert.deepEqual({ ...changed, value: { name: 'Bob', ...others } }, record)
})

test('equal texts stay equal, for one secret', () => {
  const one = pseudonymOfKey.create(configOf(pseudonymOfKey.config, { secret: 'one' }), {})
  const other = pseudonymOfKey.create(configOf(pseudonymOfKey.config, { secret: 'other' }), {})
  const record = sourceRecord({ topic: 'a', keySchema: schema.of('string'), key: 'Bob' })
  assert.equal(one(record)?.key, one({ ...record, value: 1 })?.key)
  assert.notEqual(one(record)?.key, other(record)?.key)
})

test('what is no text is an error of the record, which does not show it', () => {
  const transform = pseudonymOfValue.create(configOf(pseudonymOfValue.config, { field: 'name', secret: 's' }), {})
  assert.throws(() => transform(sourceRecord({ topic: 'a', value: { name: 4711 } })), { kind: 'data', message: 'Pseudonym needs text in the field "name" of the value.' })
})
