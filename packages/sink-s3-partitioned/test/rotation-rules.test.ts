import t from 'tap'
import { javaTimeZone } from '../src/java-time-zone.ts'
import { boundaries, rotationRules } from '../src/rotation-rules.ts'
import { parsedConfig, sinkConfig } from './helpers.ts'

const hour = 3600_000

function at (text: string): number { return Date.parse(text) }

t.test('periods start at midnight of the zone', async t => {
  const next = boundaries(4 * hour, javaTimeZone('Asia/Shanghai'))
  t.equal(next(at('2019-11-12T15:37:35Z')), at('2019-11-12T16:00:00Z'))
  t.equal(next(at('2019-11-12T16:00:00Z')), at('2019-11-12T20:00:00Z'))
  t.equal(next(at('2019-11-12T16:00:01Z')), at('2019-11-12T20:00:00Z'))
})

t.test('a period that does not divide the day ends at midnight', async t => {
  const next = boundaries(7 * hour, javaTimeZone('UTC'))
  t.equal(next(at('2020-01-01T22:00:00Z')), at('2020-01-02T00:00:00Z'))
})

t.test('days of daylight saving have an hour less or more', async t => {
  const next = boundaries(6 * hour, javaTimeZone('Europe/Berlin'))
  t.equal(next(at('2024-03-31T00:00:00+01:00')), at('2024-03-31T06:00:00+02:00'), 'spring')
  t.equal(next(at('2024-10-27T00:00:00+02:00')), at('2024-10-27T06:00:00+01:00'), 'autumn')
})

t.test('without any rule a file ends after a quarter of an hour or 128 MiB', async t => {
  t.match(rotationRules(parsedConfig(sinkConfig('b'))), { ageMs: 900_000, bytes: 134_217_728, records: null })
  t.match(rotationRules(parsedConfig(sinkConfig('b', { 'flush.size': '10' }))), { ageMs: null, bytes: null, records: 10 })
})
