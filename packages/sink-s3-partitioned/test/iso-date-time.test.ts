import t from 'tap'
import { isoDateTime } from '../src/iso-date-time.ts'

// Expected instants are what ISODateTimeFormat.dateTimeParser() reads.
t.test('every form of ISO 8601 that Joda-Time reads is read', async t => {
  const forms: Record<string, number> = {
    '2017-06-09T13:17:02.380Z': 1497014222380, '2017': 1483228800000, '2017-6-9': 1496966400000, '2017-W23-5': 1496966400000, '2017-160': 1496966400000,
    'T10:00': 36000000, '2017-06-09t13z': 1497013200000, '2017-06-09T13.5': 1497015000000, '2017-06-09T13:17,25': 1497014235000,
    '2017-06-09T13:17+0200': 1497007020000, '2017-06-09T+02:00': 1496959200000, '-0001-01-01': -62198755200000
  }
  for (const [text, ms] of Object.entries(forms)) t.equal(isoDateTime(text), ms, text)
})

t.test('anything else is refused without its text', async t => {
  t.throws(() => isoDateTime('2017-06-09 13:17'), { message: 'Invalid format: the text is not a time of ISO 8601 from character 11 on.' })
  t.throws(() => isoDateTime('2017-02-30'), { message: 'The text is not a time: dayOfMonth must be in the range [1,28].' })
  for (const text of ['', '10:00', '2017-06-09T24:00', '2017-366', '2017-W54', '2017-06-09T13:17+02:60']) t.throws(() => isoDateTime(text), { code: 'TIME_FORMAT' } as unknown as Error)
})
