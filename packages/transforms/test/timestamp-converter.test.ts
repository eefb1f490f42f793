import { TypedNumber, schema } from '@tributary/plugin'
import t from 'tap'
import { timestampConverterKey, timestampConverterValue } from '../src/timestamp-converter.ts'
import { apply, fieldsOf, valueOf } from './apply.ts'

const format = "yyyy-MM-dd'T'HH:mm:ss.SSSX"

t.test('unix times, text and dates are converted into each other', async t => {
  const to = (raw: Record<string, string>, value: unknown) => valueOf(timestampConverterValue, raw, value)
  t.equal(to({ 'target.type': 'string', format }, 1573573055123), '2019-11-12T15:37:35.123Z')
  t.equal(to({ 'target.type': 'unix', format }, '2019-11-12T16:37:35.123+01'), 1573573055123)
  t.strictSame(to({ 'target.type': 'Timestamp' }, 5), new Date(5))
  t.strictSame(to({ 'target.type': 'Date' }, -1), new Date(-86400000))
  t.strictSame(to({ 'target.type': 'Time' }, 86400005), new Date(5))
  t.equal(to({ 'target.type': 'unix', 'unix.precision': 'seconds' }, new Date(-1)), 0)
  t.strictSame(to({ 'target.type': 'Timestamp', 'unix.precision': 'microseconds' }, 1573573055123456), new Date(1573573055123))
  t.equal(to({ 'target.type': 'unix', 'unix.precision': 'nanoseconds' }, new Date(1573573055123)), 1573573055123000000n)
})

t.test('a field is converted with its schema', async t => {
  const keySchema = schema.struct([['ts', schema.of('int64', { optional: true })], ['a', schema.of('int8')]], { name: 'n' })
  const result = apply(timestampConverterKey, { field: 'ts', 'target.type': 'Timestamp' }, { key: { ts: 5, a: 1 }, keySchema })
  t.strictSame(result?.key, { ts: new Date(5), a: 1 })
  t.strictSame(fieldsOf(result?.keySchema).map(field => (field as unknown[]).slice(0, 3)), [['ts', 'int64', true], ['a', 'int8', false]])
  t.equal(result?.keySchema?.fields[0]?.schema.name, 'org.apache.kafka.connect.data.Timestamp')
})

t.test('null stays null', async t => {
  t.equal(valueOf(timestampConverterValue, { 'target.type': 'unix' }, null), null)
  t.strictSame(valueOf(timestampConverterValue, { field: 'ts', 'target.type': 'unix' }, { a: 1 }), { a: 1, ts: null })
})

t.test('what is no time is refused without its text', async t => {
  const raw = { 'target.type': 'unix', format: 'yyyy-MM-dd' }
  t.throws(() => valueOf(timestampConverterValue, raw, 'secret'), { message: 'Could not parse timestamp: the value does not match pattern (yyyy-MM-dd)' })
  t.throws(() => valueOf(timestampConverterValue, raw, new TypedNumber('int32', 5)), /does not support class java.lang.Integer objects as timestamps/)
  t.throws(() => valueOf(timestampConverterValue, raw, 5, schema.of('int32')), /INT32 does not correspond to a known timestamp type format/)
})

t.test('text needs a format, a good one', async t => {
  t.throws(() => valueOf(timestampConverterValue, { 'target.type': 'string' }, 1), /requires format option/)
  t.throws(() => valueOf(timestampConverterValue, { 'target.type': 'string', format: 'bogus' }, 1), /Illegal pattern character 'b'/)
})
