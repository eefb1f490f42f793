import t from 'tap'
import { timeZone } from '../src/time-zone.ts'

const hour = 3_600_000

t.test('offsets follow the clock changes of a zone', async t => {
  const berlin = timeZone('Europe/Berlin')!
  const change = Date.UTC(2024, 9, 27, 1)
  t.strictSame([-1, 0].map(ms => berlin.offsetAt(change + ms)), [2 * hour, hour])
  const stJohns = timeZone('America/St_Johns')!
  const spring = Date.UTC(2005, 3, 3, 3, 31)
  t.strictSame([-1, 0].map(ms => stJohns.offsetAt(spring + ms)), [-3.5 * hour, -2.5 * hour])
})

t.test('times before zones were made have the sun\'s own offset', async t => {
  t.equal(timeZone('Asia/Shanghai')!.offsetAt(Date.UTC(1800, 0, 1)), (8 * 3600 + 5 * 60 + 43) * 1000)
})

t.test('wall-clock times come back', async t => {
  for (const id of ['UTC', '+05:30', 'Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe']) {
    const zone = timeZone(id)!
    for (const ms of [0, 1573573055000, Date.UTC(2024, 6, 1, 12)]) t.equal(zone.instantOf(ms + zone.offsetAt(ms)), ms)
  }
})

t.test('unknown zones are null', async t => {
  t.equal(timeZone('Mars/Base'), null)
  t.equal(timeZone('+25:00'), null)
  t.equal(timeZone('GMT+8')?.offsetAt(0), 8 * hour)
})
