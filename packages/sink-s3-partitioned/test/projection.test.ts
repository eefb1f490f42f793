import t from 'tap'
import { directoryPatterns, projectionProperties } from '../src/projection.ts'
import { s3PartitionedSink } from '../src/sink.ts'
import { parsedConfig, sinkConfig } from './helpers.ts'

/** The properties of a table whose directories have these names. */
function propertiesOf (names: readonly string[], from: string, more: Record<string, string>): Record<string, string> {
  const raw = sinkConfig('bucket', { 'glue.projection': 'true', 'glue.projection.from': from, ...more })
  const { 'projection.enabled': enabled, ...properties } = projectionProperties(names, { location: 's3://bucket/topics/orders/', from, patterns: directoryPatterns(parsedConfig(raw), raw) })
  t.equal(enabled, 'true')
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key.replace(/^projection\./, ''), value]))
}

const timeBased = { 'partitioner.class': 'io.confluent.connect.storage.partitioner.TimeBasedPartitioner', 'partition.duration.ms': '3600000', locale: 'en-US' }

t.test('parts of a date are whole numbers, years are dates so that they have no last one', async t => {
  const expected = {
    'year.type': 'date', 'year.format': 'yyyy', 'year.range': '2019,NOW', 'year.interval': '1', 'year.interval.unit': 'YEARS',
    'month.type': 'integer', 'month.range': '1,12', 'month.digits': '2', 'day.type': 'integer', 'day.range': '1,31', 'day.digits': '2', 'hour.type': 'integer', 'hour.range': '0,23', 'hour.digits': '2',
    'storage.location.template': 's3://bucket/topics/orders/year=${year}/month=${month}/day=${day}/hour=${hour}/'
  }
  const names = ['year', 'month', 'day', 'hour']
  t.same(propertiesOf(names, '2019', { ...timeBased, timezone: 'UTC', 'path.format': "'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH" }), expected)
  t.same(propertiesOf(names, '2019010100', { 'partitioner.class': 'io.confluent.connect.storage.partitioner.HourlyPartitioner', locale: 'en', timezone: 'UTC' }), expected)
  t.match(propertiesOf(['d', 'M'], '2019', { ...timeBased, timezone: 'UTC', 'path.format': "'d='d/'M='M/'m='mm" }), { 'd.range': '1,31', 'd.digits': undefined, 'm.range': '1,12' })
})

t.test('whole dates end at the newest directory of their time zone', async t => {
  const range = (timezone: string, from = '2019010100'): string | undefined => propertiesOf(['ot'], from, { ...timeBased, timezone, 'path.format': "'ot='YYYYMMddHH/" })['ot.range']
  t.equal(range('Asia/Shanghai'), '2019010100,NOW+8HOURS')
  t.equal(range('Asia/Kolkata'), '2019010100,NOW+6HOURS')
  t.equal(range('Europe/Berlin'), '2019010100,NOW+2HOURS', 'in summer')
  t.equal(range('America/New_York'), '2019010100,NOW')
  t.throws(() => range('UTC', '2019-01-01'), { kind: 'config', message: 'Invalid value 2019-01-01 for configuration glue.projection.from: the column ot needs a date such as its directories have, in the form yyyyMMddHH.' })
  const raw = sinkConfig('b', { 'glue.projection': 'true', 'glue.projection.from': '19', ...timeBased, timezone: 'UTC', 'path.format': "'ot='YYYYMMddHH" })
  t.match(await s3PartitionedSink.validate?.(parsedConfig(raw), raw), [{ key: 'glue.projection.from' }])
})

t.test('the transform that makes the directories tells their form and zone', async t => {
  const transform = { transforms: 'a, hour', 'transforms.a.type': 'x', 'transforms.hour.type': 'tributary.transforms.EventTimePartition', 'transforms.hour.zone': 'Asia/Tokyo', 'transforms.hour.format': "'Day='yyyy-MM-dd'T'HH'h'/'Min='mm/" }
  t.same(propertiesOf(['Day', 'Min'], '2019-01-01T00h', { ...transform, timezone: 'America/New_York' }), {
    'day.type': 'date', 'day.format': "yyyy-MM-dd'T'HH'h'", 'day.range': '2019-01-01T00h,NOW+9HOURS', 'day.interval': '1', 'day.interval.unit': 'HOURS',
    'min.type': 'integer', 'min.range': '0,59', 'min.digits': '2', 'storage.location.template': 's3://bucket/topics/orders/Day=${day}/Min=${min}/'
  })
  t.match(propertiesOf(['ot'], '2019010100', { ...transform, 'transforms.hour.format': "'ot='yyyyMMddHH/", 'transforms.hour.header': 'other' }), { 'ot.type': 'injected' })
  t.match(propertiesOf(['ot'], '2019010100', { 'transforms.hour.type': 'tributary.transforms.EventTimePartition' }), { 'ot.type': 'injected' }, 'one that is not listed does nothing')
})

t.test('what no date makes has to be named by queries', async t => {
  const fields = propertiesOf(['src', 'mon', 'md', 'State', 'address.city'], '2019', {
    ...timeBased, 'partitioner.class': 'tributary.s3.TimeAndFieldPartitioner', 'partition.field.name': 'State,address.city', timezone: 'UTC', 'path.format': "'src=web/mon='MMM/'md='MMdd"
  })
  t.same(fields, {
    'src.type': 'enum', 'src.values': 'web', 'mon.type': 'injected', 'md.type': 'injected', 'state.type': 'injected', 'address_city.type': 'injected',
    'storage.location.template': 's3://bucket/topics/orders/src=${src}/mon=${mon}/md=${md}/State=${state}/address.city=${address_city}/'
  })
})
