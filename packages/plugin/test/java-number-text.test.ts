import t from 'tap'
import { decimalText, decimalToInt64, floatText, parseDecimal } from '../src/java-number-text.ts'
import { doubleText } from '../src/java-text.ts'

t.test('floats are printed with the fewest digits that name them', async t => {
  for (const [value, text] of [[0.1, '0.1'], [1, '1.0'], [1e10, '1.0E10'], [3.4028234663852886e38, '3.4028235E38'], [1.401298464324817e-45, '1.4E-45'], [16777216, '1.6777216E7'], [0.001, '0.001'], [-0, '-0.0'], [NaN, 'NaN']] as const) t.equal(floatText(value), text)
  t.equal(doubleText(5e-324), '4.9E-324')
})

t.test('decimals are printed as BigDecimal prints them, and read again', async t => {
  for (const text of ['0', '1.50', '-0.001', '1E+400', '1.5E+10', '0.000001', '1E-7', '1.23E-10', '-12345678901234567890.12', '0.00']) t.equal(decimalText(parseDecimal(text)!), text)
  for (const text of ['', '.', 'x', '1e', '1 ', '--1', '0x1', 'NaN']) t.equal(parseDecimal(text), null, text)
})

t.test('the low 64 bits of a decimal are its long', async t => {
  t.equal(decimalToInt64(parseDecimal('9223372036854775808')!), -(2n ** 63n))
  t.equal(decimalToInt64(parseDecimal('-1.9')!), -1n)
  t.equal(decimalToInt64(parseDecimal('1e-999999999')!), 0n)
})
