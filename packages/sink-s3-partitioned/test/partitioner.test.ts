import { schema, sinkRecord } from '@tributary/plugin'
import type { Schema, SinkRecord } from '@tributary/plugin'
import t from 'tap'
import { createPartitioner } from '../src/partitioner.ts'
import type { PartitionerOptions } from '../src/partitioner.ts'

const options: PartitionerOptions = {
  delim: '/', fields: [], durationMs: 3_600_000, pathFormat: "'ot='yyyyMMddHH", locale: 'en-US', timezone: 'UTC', extractor: 'RecordField', timestampField: 'at', timestampUnit: 'ms', timestampPattern: ''
}

function encode (className: string, given: Partial<PartitionerOptions>, value: unknown, valueSchema: Schema | null = null): string {
  return createPartitioner(className, { ...options, ...given })!.encode(record(value, valueSchema), 86400000)
}

function record (value: unknown, valueSchema: Schema | null = null): SinkRecord {
  return sinkRecord({ topic: 'orders', partition: 2, offset: 9, timestamp: 1704067199999, value, valueSchema })
}

t.test('the default partitioner keeps Kafka\'s partitions', async t => {
  t.equal(encode('io.confluent.connect.storage.partitioner.DefaultPartitioner', {}, null), 'partition=2')
  t.equal(createPartitioner('DefaultPartitioner', options)!.path('orders', 'partition=2'), 'orders/partition=2')
})

t.test('fields make directories, of structs alone', async t => {
  const from = schema.struct([['a', schema.of('int32', { default: 7 })], ['b', schema.struct([['c', schema.of('string')]], { optional: true })]])
  t.equal(encode('FieldPartitioner', { fields: ['a', 'b.c'] }, { b: { c: 'x/y' } }, from), 'a=7/b.c=x/y')
  t.equal(encode('FieldPartitioner', { fields: ['b.c'] }, {}, from), 'b.c=null')
  t.throws(() => encode('FieldPartitioner', { fields: ['d'] }, {}, from), /'d' is not present in the schema/)
  t.throws(() => encode('FieldPartitioner', { fields: ['a'] }, { a: 1 }), { message: 'Error encoding partition.' })
})

t.test('times are floored by the duration in the zone', async t => {
  const at = 1497014222380
  t.equal(encode('TimeBasedPartitioner', {}, { at }), 'ot=2017060913')
  t.equal(encode('TimeBasedPartitioner', { timezone: 'Asia/Kolkata', durationMs: 60000, pathFormat: 'HH:mm:ss/' }, { at }), '18:47:00')
  t.equal(encode('DailyPartitioner', {}, { at }), 'year=2017/month=06/day=09')
  t.equal(encode('HourlyPartitioner', { delim: '_' }, { at }), 'year=2017_month=06_day=09_hour=13')
  t.equal(encode('TimeBasedPartitioner', { timestampUnit: 's' }, { at: 1573573055 }), 'ot=2019111215')
})

t.test('the extractor tells the time', async t => {
  t.equal(encode('TimeBasedPartitioner', { extractor: 'Record' }, {}), 'ot=2023123123')
  t.equal(encode('TimeBasedPartitioner', { extractor: 'Wallclock' }, {}), 'ot=1970010200')
  t.equal(encode('TimeBasedPartitioner', {}, { at: '2017-06-09T13:17:02.380+02:00' }), 'ot=2017060911')
  t.equal(encode('TimeBasedPartitioner', {}, { at: '1497014222380' }), 'ot=2017060913')
  t.equal(encode('TimeBasedPartitioner', {}, { at: new Date(0) }, schema.struct([['at', schema.timestamp()]])), 'ot=1970010100')
})

t.test('a pattern reads times of a zone', async t => {
  const by = (timestampPattern: string, at: unknown, more: Partial<PartitionerOptions> = {}): string => encode('TimeBasedPartitioner', { timestampUnit: 'pattern', timestampPattern, ...more }, { at })
  t.equal(by('yyyy-MM-dd HH:mm:ss', '2019-11-12 15:37:35'), 'ot=2019111215')
  t.equal(by('dd.MM.yyyy HH:mm', '12.11.2019 15:37', { timezone: 'Asia/Shanghai' }), 'ot=2019111215')
  t.equal(by('dd.MM.yyyy HH:mm Z', '12.11.2019 15:37 +0000', { timezone: 'Asia/Shanghai' }), 'ot=2019111223')
  t.equal(by('yyyyMMddHH', 2019111215), 'ot=2019111215')
  t.throws(() => by('yyyy-MM-dd', '2019-11-12 15:37:35'), { message: 'Field at is not a time of timestamp.pattern=yyyy-MM-dd.' })
  t.throws(() => by('', 1), /Invalid value {2}for configuration timestamp.pattern: timestamp.unit=pattern needs it/)
  t.throws(() => by('yyyy-qq', 1), /Invalid value yyyy-qq for configuration timestamp.pattern: Illegal pattern character 'q'/)
})

t.test('a time that has no date is refused, in any zone', async t => {
  for (const timezone of ['UTC', 'Asia/Shanghai', 'America/New_York']) {
    for (const [timestampUnit, at] of [['ms', Infinity], ['us', JSON.parse('1e400') as number], ['s', 1_573_573_055_000_000], ['ms', 2n ** 63n - 1n], ['ms', 8.64e15], ['us', -Infinity], ['ms', '-9223372036854775808']] as const) {
      t.throws(() => encode('TimeBasedPartitioner', { timezone, timestampUnit }, { at }), { kind: 'data', message: /is no date that can be written: does timestamp.unit say/ })
    }
    t.throws(() => createPartitioner('TimeBasedPartitioner', { ...options, timezone, extractor: 'Record' })!.encode(sinkRecord({ topic: 'orders', partition: 2, offset: 9, timestamp: 2 ** 62, value: {} })), /is no date/)
  }
})

t.test('a record without a usable time is refused', async t => {
  t.throws(() => encode('TimeBasedPartitioner', {}, {}), { message: "The field 'at' does not exist." })
  t.throws(() => encode('TimeBasedPartitioner', {}, { at: true }), { message: 'Error extracting timestamp from record field: at' })
  t.throws(() => encode('TimeBasedPartitioner', {}, 'text'), { message: 'Error encoding partition.' })
})

t.test('wrong options are refused in Confluent\'s words', async t => {
  t.throws(() => encode('TimeBasedPartitioner', { durationMs: -1 }, {}), /Partition duration needs to be a positive/)
  t.throws(() => encode('TimeBasedPartitioner', { pathFormat: '/' }, {}), /Path format cannot be empty/)
  t.throws(() => encode('TimeBasedPartitioner', { extractor: 'Moon' }, {}), { message: 'Invalid timestamp extractor: Moon' })
  t.equal(createPartitioner('NoPartitioner', options), null)
})
