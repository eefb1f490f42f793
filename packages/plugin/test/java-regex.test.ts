import t from 'tap'
import { javaRegex, regexProblem, wholeMatch } from '../src/java-regex.ts'

t.test('classes and flags mean what they mean in Java', async t => {
  t.equal(wholeMatch('\\p{Alpha}+\\d').test('abc1'), true)
  t.equal(wholeMatch('\\w+').test('é'), false)
  t.equal(wholeMatch('(?i:AB)c').test('abc'), true)
  t.equal(wholeMatch('\\Qa.b\\E').test('a.b'), true)
  t.equal(wholeMatch('[a-z&&[^b]]+').test('abc'), false)
  t.equal(wholeMatch('a++b').test('aaab'), true)
  t.equal(wholeMatch('(?x) a b + # two letters\n(?-x: c)').test('abb c'), true)
  t.equal(javaRegex('b').exec('abc')?.index, 1)
})

t.test('what Java refuses is refused with its message', async t => {
  t.equal(regexProblem('*a'), "Dangling meta character '*' near index 0\n*a\n^")
  t.match(regexProblem('a{2,1}'), /Illegal repetition range/)
  t.equal(regexProblem('ok'), null)
})

t.test('a pattern matches whole texts', async t => {
  t.ok(wholeMatch('ord.*').test('orders'))
  t.notOk(wholeMatch('ord').test('orders'))
  t.ok(wholeMatch('a|ab').test('ab'))
})

t.test('what only Java writes is understood', async t => {
  for (const [pattern, text] of [['(?i)ABC', 'abc'], ['\\Qa.b\\E', 'a.b'], ['[a-z&&[^b]]+', 'ac'], ['\\p{Alpha}+', 'aB'], ['a++b', 'aab'], ['[[a-c][x-z]]', 'y'], ['\\x{1F600}', '😀'], ['(?<n>a)\\k<n>', 'aa'], ['x(?i)y|Z', 'z']] as const) {
    t.ok(wholeMatch(pattern).test(text), pattern)
  }
  t.notOk(wholeMatch('[a-z&&[^b]]').test('b'))
  t.notOk(wholeMatch('\\Qa.b\\E').test('axb'))
})

t.test('blanks, digits and letters are ASCII only', async t => {
  t.notOk(wholeMatch('\\s').test('\u00a0'))
  t.notOk(wholeMatch('\\d').test('١'))
})

t.test('a wrong pattern is told in Java\'s words', async t => {
  t.equal(regexProblem('('), 'Unclosed group near index 1\n(')
  t.equal(regexProblem('a|*'), 'Dangling meta character \'*\' near index 2\na|*\n  ^')
  t.equal(regexProblem('[a'), 'Unclosed character class near index 1\n[a\n ^')
  t.equal(regexProblem(')'), 'Unmatched closing \')\'\n)')
  t.equal(regexProblem('a{2,1}'), 'Illegal repetition range near index 5\na{2,1}\n     ^')
  t.equal(regexProblem('\\y'), 'Illegal/unsupported escape sequence near index 1\n\\y\n ^')
  t.equal(regexProblem('a.*'), null)
})
