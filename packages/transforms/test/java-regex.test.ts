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
