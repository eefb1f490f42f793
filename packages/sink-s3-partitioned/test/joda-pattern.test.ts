import t from 'tap'
import { javaTimeZone } from '../src/java-time-zone.ts'
import { jodaPattern } from '../src/joda-pattern.ts'

const ms = Date.UTC(2024, 11, 31, 16, 5, 6, 7)
const print = (pattern: string, zone = 'UTC', locale?: string): string => jodaPattern(pattern, javaTimeZone(zone), locale).format(ms)

// Expected texts are what org.joda.time.format.DateTimeFormat prints.
t.test('letters mean what they mean in Joda-Time', async t => {
  t.equal(print('G C yyyy YYYY yy xxxx w e E EEEE M MM MMM MMMM d D a h H k K m s S SSSSSS Z ZZ ZZZ'),
    'AD 20 2024 2024 24 2025 1 2 Tue Tuesday 12 12 Dec December 31 366 PM 4 16 16 4 5 6 0 007000 +0000 +00:00 UTC')
  t.equal(print("'year'=YYYY/'h'=HH ''"), "year=2024/h=16 '")
  t.equal(print('HH z ZZZ', 'Asia/Shanghai'), '00 CST Asia/Shanghai')
  t.equal(print('z zzzz', '+08:00'), '+08:00 +08:00')
})

t.test('a locale with a country is no language to Java, so names are short', async t => {
  t.equal(print('EEEE/MMMM/G', 'UTC', 'en-US'), 'Tue/Dec/CE')
  t.equal(print('EEEE/MMMM', 'UTC', 'de'), 'Dienstag/Dezember')
})

t.test('unknown letters are refused in Joda\'s words', async t => {
  t.throws(() => print('ot=yyyy'), { message: 'Illegal pattern component: o' })
  t.throws(() => print(''), /Invalid pattern specification/)
})
