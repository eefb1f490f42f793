import { schema as make, TypedNumber } from '@tributary/plugin'
import type { Converter, ConverterDefinition } from '@tributary/plugin'
import t from 'tap'
import { booleanConverter } from '../src/boolean.ts'
import { byteArrayConverter } from '../src/byte-array.ts'
import { doubleConverter, integerConverter, longConverter } from '../src/numbers.ts'

function create (definition: ConverterDefinition): Converter {
  return definition.create!({}, { isKey: false, raw: {} })
}

t.test('a long keeps all its digits', async t => {
  const one = create(longConverter)
  const bytes = one.fromConnect('t', make.of('int64'), 9007199254740993n)!
  t.equal(Buffer.from(bytes).toString('hex'), '0020000000000001')
  t.equal(one.toConnect('t', bytes, []).value, 9007199254740993n)
  t.equal(one.toConnect('t', Buffer.from('0000000000000005', 'hex'), []).value, 5)
})

t.test('a number of another type is refused by class', async t => {
  t.throws(() => create(integerConverter).fromConnect('t', null, 5), { kind: 'data', message: 'Failed to serialize to integer (was class java.lang.Long): ' })
  t.equal(Buffer.from(create(integerConverter).fromConnect('t', null, new TypedNumber('int32', 5))!).toString('hex'), '00000005')
  t.throws(() => create(doubleConverter).fromConnect('t', make.of('string'), 'x'), { kind: 'data', message: /java\.lang\.String/ })
})

t.test('bytes of another length are refused', async t => {
  t.throws(() => create(integerConverter).toConnect('t', Buffer.alloc(3), []), { kind: 'data', cause: { message: 'Size of data received by IntegerDeserializer is not 4' } })
  t.throws(() => create(booleanConverter).toConnect('t', Buffer.from([2]), []), { kind: 'data', message: /boolean/ })
})

t.test('bytes pass through as they are, other schemas do not', async t => {
  const one = create(byteArrayConverter)
  const bytes = Buffer.from([1, 0, 255])
  t.equal(one.toConnect('t', bytes, []).value, bytes)
  t.equal(one.fromConnect('t', null, bytes), bytes)
  t.throws(() => one.fromConnect('t', make.of('string'), 'x'), { message: 'Invalid schema type for ByteArrayConverter: STRING' })
  t.throws(() => one.fromConnect('t', null, 'x'), { message: 'ByteArrayConverter is not compatible with objects of type class java.lang.String' })
})
