import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadProperties, parseProperties, propertiesOf } from '../../src/config/properties.ts'

const read = (text: string): Record<string, string> => Object.fromEntries(parseProperties(text))

t.test('a key ends at the first blank, equals sign or colon that is not escaped', async t => {
  t.same(read('a=1\nb : 2\nc   3\nd\nl==m\nk\\=e=f\ng h\\ i'), { a: '1', b: '2', c: '3', d: '', l: '=m', 'k=e': 'f', g: 'h i' })
})

t.test('blanks at the end of a value stay', async t => {
  t.same(read('a=v \n'), { a: 'v ' })
})

t.test('an odd number of backslashes joins lines, without the blanks before the next', async t => {
  t.same(read('a=1,\\\n   2\nb=3\\\\\nc=4'), { a: '1,2', b: '3\\', c: '4' })
})

t.test('comments start a line, and are never continued', async t => {
  t.same(read('  # c \\\na=1\n! x\nb=2 # no comment'), { a: '1', b: '2 # no comment' })
})

t.test('a line ends in any of three ways', async t => {
  t.same(read('a=1\rb=2\r\nc=3'), { a: '1', b: '2', c: '3' })
})

t.test('escapes stand for characters', async t => {
  t.same(read('a=\\t\\n\\r\\f\\q\\u00e9'), { a: '\t\n\r\fqé' })
})

t.test('the last of equal keys wins', async t => {
  t.same(read('a=1\na=2'), { a: '2' })
})

t.test('bytes are ISO-8859-1', async t => {
  t.same([...propertiesOf(Buffer.from('a=é', 'latin1'), 'f')], [['a', 'é']])
})

t.test('a malformed escape is told with file and line', async t => {
  t.throws(() => propertiesOf(Buffer.from('a=1\n\nb=\\u12x4\n'), 'w.properties'), { message: /^Cannot read w\.properties, line 3: Malformed \\uxxxx encoding/ })
})

t.test('a file that cannot be read is told with the reason', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'properties-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  await t.rejects(loadProperties(join(folder, 'none')), { message: /none: there is no such file\.$/ })
  await t.rejects(loadProperties(folder), { message: /it is a directory\.$/ })
  writeFileSync(join(folder, 'a'), 'x=1')
  t.same([...await loadProperties(join(folder, 'a'))], [['x', '1']])
  t.equal((await loadProperties('')).size, 0)
})
