import t from 'tap'
import { regexProblem, wholeMatch } from '../../src/config/java-regex.ts'

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
