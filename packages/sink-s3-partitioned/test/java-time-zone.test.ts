import t from 'tap'
import { javaTimeZone, offsetText } from '../src/java-time-zone.ts'

t.test('names and offsets are those of Joda-Time', async t => {
  t.equal(javaTimeZone('Asia/Kolkata').offsetAt(0), 5.5 * 3_600_000)
  for (const id of ['GMT+08', '+0800', 'UTC+08:00']) t.equal(javaTimeZone(id).id, '+08:00')
  for (const id of ['Nope/Zone', 'utc', 'asia/shanghai', 'PST', '+8', '']) t.throws(() => javaTimeZone(id), { message: `The datetime zone id '${id}' is not recognised` })
})

t.test('the seconds of old offsets are not printed', async t => {
  t.equal(offsetText(-(4 * 3600 + 56 * 60 + 2) * 1000, ':'), '-04:56')
})
