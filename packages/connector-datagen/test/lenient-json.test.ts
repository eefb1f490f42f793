import t from 'tap'
import { parseLenientJson } from '../src/lenient-json.ts'

t.test('comments are ignored, but not within texts', async t => {
  t.same(parseLenientJson('{ // one\n "a": "//b", /* two\n lines */ "c": "/* d */ \\" //" }'), { a: '//b', c: '/* d */ " //' })
})

t.test('whole numbers keep all their digits', async t => {
  t.same(parseLenientJson('[1, -9007199254740993, 1.5, 1e3]'), [1, -9007199254740993n, 1.5, 1000])
})

t.test('an error names line and column where they are known', async t => {
  t.throws(() => parseLenientJson('{\n  // comment\n  "a": 1,\n  "b" 2}'), { name: 'SyntaxError', message: /at line 4, column 7/ })
})
