import { schema, sinkRecord } from '@tributary/plugin'
import type { ConnectRecord, Transform } from '@tributary/plugin'
import t from 'tap'
import { eventTimePartition, partitionHeader } from '../src/event-time-partition.ts'

type Options = Parameters<typeof eventTimePartition.create>[0]

function partition (options: Partial<Options> = {}): Transform {
  return eventTimePartition.create({
    field: 'ordertime', unit: 's', pattern: '', zone: 'UTC', format: "'ot='yyyyMMddHH/", header: partitionHeader, 'target.field': null, ...options
  }, {})
}

function record (value: unknown): ConnectRecord {
  return sinkRecord({ topic: 'orders', partition: 0, offset: 1, value })
}

function pathOf (transform: Transform, ordertime: unknown): unknown {
  return transform(record({ ordertime }))?.headers.find(({ key }) => key === partitionHeader)?.value
}

t.test('an order goes to the hour of its ordertime', async t => {
  t.equal(pathOf(partition(), 1573573055), 'ot=2019111215/')
  t.equal(pathOf(partition({ zone: 'Asia/Shanghai' }), 1573573055), 'ot=2019111223/')
  t.equal(pathOf(partition({ zone: '+08:00' }), 1573573055), 'ot=2019111223/')
})

t.test('the unit is the one declared', async t => {
  t.equal(pathOf(partition({ unit: 'ms' }), 1573573055999), 'ot=2019111215/')
  t.equal(pathOf(partition({ unit: 'us' }), 1573573055999999), 'ot=2019111215/')
  t.equal(pathOf(partition({ unit: 'ns' }), 1573573055999999999n), 'ot=2019111215/')
  t.equal(pathOf(partition({ unit: 'iso' }), '2019-11-12T15:37:35Z'), 'ot=2019111215/')
  t.equal(pathOf(partition({ unit: 'iso' }), '2019-11-12T15:37:35+08:00'), 'ot=2019111207/')
  t.equal(pathOf(partition({ unit: 'iso', zone: 'Asia/Shanghai' }), '2019-11-12 15:37'), 'ot=2019111215/')
  t.equal(pathOf(partition(), '1573573055'), 'ot=2019111215/')
  t.equal(pathOf(partition(), new Date(1573573055000)), 'ot=2019111215/')
  t.equal(pathOf(partition({ unit: 'ns' }), -1n), 'ot=1969123123/')
})

t.test('a pattern reads the whole of a text', async t => {
  const local = partition({ unit: 'pattern', pattern: 'dd.MM.yyyy HH:mm', zone: 'Asia/Shanghai' })
  t.equal(pathOf(local, '12.11.2019 15:37'), 'ot=2019111215/', 'in the zone')
  t.equal(pathOf(partition({ unit: 'pattern', pattern: "yyyy-MM-dd'T'HH:mmX", zone: 'Asia/Shanghai' }), '2019-11-12T15:37Z'), 'ot=2019111223/', 'with its own offset')
  t.equal(pathOf(partition({ unit: 'pattern', pattern: 'yyyyMMddHH' }), 2019111215), 'ot=2019111215/', 'digits')
  t.equal(pathOf(local, new Date(0)), 'ot=1970010108/')
  for (const odd of ['12.11.2019 15:37:35', '12.11.2019', '', true, {}]) t.throws(() => pathOf(local, odd), { kind: 'data', message: 'Field ordertime is not a time in the unit pattern dd.MM.yyyy HH:mm.' })
  t.throws(() => partition({ unit: 'pattern' }), /unit=pattern needs the key pattern/)
})

t.test('hours around a change of the clock are told apart', async t => {
  const berlin = partition({ zone: 'Europe/Berlin', format: 'yyyyMMddHHX' })
  const midnightUtc = Date.UTC(2024, 9, 27) / 1000
  t.strictSame([0, 1, 2].map(hour => pathOf(berlin, midnightUtc + hour * 3600)), ['2024102702+02', '2024102702+01', '2024102703+01'])
  const stJohns = partition({ zone: 'America/St_Johns', format: 'yyyyMMddHHmm' })
  const change = Date.UTC(2005, 3, 3, 3, 31) / 1000
  t.strictSame([-60, 0, 60].map(s => pathOf(stJohns, change + s)), ['200504030000', '200504030101', '200504030102'])
})

t.test('a zone of half hours begins its hours at half hours', async t => {
  const kolkata = partition({ zone: 'Asia/Kolkata', format: 'HH' })
  const start = Date.UTC(2024, 0, 1, 0, 29, 59) / 1000
  t.strictSame([0, 1].map(s => pathOf(kolkata, start + s)), ['05', '06'])
})

t.test('a nested field is read before and after Flatten', async t => {
  const transform = partition({ field: 'order.time' })
  const path = { key: partitionHeader, value: 'ot=2019111215/' }
  t.match(transform(record({ order: { time: 1573573055 } }))?.headers, [path])
  t.match(transform(record({ 'order.time': 1573573055 }))?.headers, [path])
})

t.test('other headers stay and an older path is replaced', async t => {
  const transform = partition()
  const other = { key: 'a', schema: null, value: 1 }
  const before = sinkRecord({ topic: 't', partition: 0, offset: 1, value: { ordertime: 0 }, headers: [other, { key: partitionHeader, schema: null, value: 'old' }] })
  t.strictSame(transform(before)?.headers.map(({ key, value }) => [key, value]), [['a', 1], [partitionHeader, 'ot=1970010100/']])
})

t.test('the path can go into a field too', async t => {
  const transform = partition({ 'target.field': 'ot', format: 'yyyyMMddHH' })
  t.strictSame(transform(record({ ordertime: 0 }))?.value, { ordertime: 0, ot: '1970010100' })
  const from = schema.struct([['ordertime', schema.of('int64')]], { name: 'o' })
  const result = transform(sinkRecord({ topic: 't', partition: 0, offset: 1, value: { ordertime: 0 }, valueSchema: from }))
  t.strictSame(result?.valueSchema?.fields.map(f => f.name), ['ordertime', 'ot'])
})

t.test('a value without a usable time is a data error that names the field and not the value', async t => {
  t.throws(() => pathOf(partition(), null), { kind: 'data', message: 'Field ordertime, which tells the partition, is missing or null.' })
  t.throws(() => pathOf(partition(), 'soon'), { kind: 'data', message: 'Field ordertime is not a time in the unit s.' })
  t.throws(() => pathOf(partition(), Infinity), { kind: 'data', message: /is not a time in the unit/ })
  t.throws(() => pathOf(partition(), 1e15), { kind: 'data', message: /is not a time in the unit/ })
  t.throws(() => pathOf(partition({ unit: 'iso' }), '2019-02-30'), { kind: 'data', message: /is not a time in the unit/ })
})

t.test('a tombstone passes', async t => {
  t.equal(partition()(record(null))?.value, null)
})

t.test('wrong zones and formats are explained', async t => {
  const { keys } = eventTimePartition.config
  t.match(keys.zone.check?.('Mars/Base', 'zone'), /IANA name/)
  t.match(keys.format.check?.('ot=yyyy', 'format'), /Illegal pattern character 'o'/)
  t.match(keys.format.check?.("'ot=yyyy", 'format'), /Unterminated quote/)
  t.equal(keys.format.check?.("'ot='yyyyMMddHH/", 'format'), null)
})
