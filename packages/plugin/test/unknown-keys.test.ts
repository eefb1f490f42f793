import t from 'tap'
import { aliasedKeys, t as is, unknownKeys, unknownKeyWarning } from '@tributary/plugin'

const config = is.object({ 'flush.size': is.int({ description: 'Records' }), topics: is.list({ description: 'Topics', aliases: ['topic.list'] }) })

t.test('an unknown key is named with the nearest declared one', async t => {
  t.same(unknownKeys([config], { 'flush.sise': '1', topics: 'a' }), [{ key: 'flush.sise', suggestion: 'flush.size' }])
})

t.test('a key like no other gets no suggestion', async t => {
  t.same(unknownKeys([config], { 'something.else': '1' }), [{ key: 'something.else', suggestion: null }])
})

t.test('an alias is known, and its documented name can be told', async t => {
  t.same(unknownKeys([config], { 'topic.list': 'a' }), [])
  t.same(aliasedKeys([config], { 'topic.list': 'a' }), [{ key: 'topic.list', use: 'topics' }])
})

t.test('the warning says where and what was meant', async t => {
  t.equal(unknownKeyWarning({ key: 'flush.sise', suggestion: 'flush.size' }, 's3.properties'), 'Unknown key "flush.sise" in s3.properties: did you mean "flush.size"?')
  t.equal(unknownKeyWarning({ key: 'x', suggestion: null }, 's3.properties'), 'Unknown key "x" in s3.properties: nothing reads it.')
})
