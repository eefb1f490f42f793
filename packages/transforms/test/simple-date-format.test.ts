import fc from 'fast-check'
import t from 'tap'
import { DateFormatter } from '../src/simple-date-format.ts'
import { DateParser } from '../src/simple-date-parse.ts'
import { timeZone } from '../src/time-zone.ts'

const utc = timeZone('UTC')!
const format = (pattern: string, ms: number): string => new DateFormatter(pattern, utc).format(ms)
const parse = (pattern: string, text: string): number | null => new DateParser(pattern).parse(text)

// Expected texts are what java.text.SimpleDateFormat prints.
t.test('letters mean what they mean in Java', async t => {
  const ms = Date.UTC(2024, 11, 31, 0, 5, 6, 7)
  t.equal(format("G yy yyyy YYYY M MM MMM MMMM d D F w W E EEEE u a H k K h m s S SSSSSS z Z X XXX ''''", ms),
    'AD 24 2024 2025 12 12 Dec December 31 366 5 1 5 Tue Tuesday 2 AM 0 24 0 12 5 6 7 000007 UTC +0000 Z Z \'\'')
  t.equal(format('zzzz', ms), 'Coordinated Universal Time')
})

t.test('dates before October 1582 are Julian', async t => {
  t.equal(format('yyyy-MM-dd', -12219292800000), '1582-10-15')
  t.equal(format('yyyy-MM-dd', -12219292800001), '1582-10-04')
  t.equal(format('G yyyy', -62167392000000), 'BC 0001')
})

t.test('wrong patterns are refused in Java\'s words', async t => {
  t.throws(() => format('bogus', 0), { message: "Illegal pattern character 'b'" })
  t.throws(() => format("'open", 0), { message: 'Unterminated quote' })
  t.throws(() => format('XXXX', 0), { message: 'invalid ISO 8601 format: length=4' })
})

t.test('text is read leniently', async t => {
  t.equal(parse('yyyy-MM-dd', '2019-13-32 and more'), Date.UTC(2020, 1, 1))
  t.equal(parse('yyyyMMddHHmmss', '20191112153735'), 1573573055000)
  t.equal(parse('d MMM yyyy', ' 1 JANUARY 2019'), Date.UTC(2019, 0, 1))
  t.equal(parse('yyyy-MM-dd HH:mm Z', '2019-01-01 00:00 -0130'), Date.UTC(2019, 0, 1, 1, 30))
  t.equal(parse("YYYY-'W'ww-u", '2025-W01-2'), Date.UTC(2024, 11, 31))
  t.equal(parse('hh:mm a', '12:30 am'), 30 * 60_000)
  t.equal(parse('yyyy-MM-dd', 'soon'), null)
  t.equal(parse('yyyy-MM-dd', '2019-01'), null)
})

t.test('a written time reads back the same', async () => {
  fc.assert(fc.property(fc.integer({ min: -60_000_000_000_000, max: 250_000_000_000_000 }), ms => {
    const pattern = "G yyyy-DDD'T'HH:mm:ss.SSSX"
    return parse(pattern, format(pattern, ms)) === ms && parse('G d MMM yyyy h:mm:ss.SSS a', format('G d MMM yyyy h:mm:ss.SSS a', ms)) === ms
  }))
})
