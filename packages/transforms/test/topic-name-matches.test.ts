import { configOf, sinkRecord } from '@tributary/plugin'
import t from 'tap'
import { topicNameMatches } from '../src/topic-name-matches.ts'

function matches (pattern: string, topic: string): boolean {
  return topicNameMatches.create(configOf(topicNameMatches.config, { pattern }), {})(sinkRecord({ topic, partition: 0, offset: 0 }))
}

t.test('the whole topic has to match', async t => {
  t.equal(matches('ord', 'orders'), false)
  t.equal(matches('ord.*', 'orders'), true)
  t.equal(matches('\\p{Lower}++', 'orders'), true)
})

t.test('an empty and a wrong pattern are refused', async t => {
  t.throws(() => matches('', 'orders'), { message: 'Invalid value  for configuration pattern: String must be non-empty' })
  t.throws(() => matches('(', 'orders'), /Invalid regex: Unclosed group near index 1/)
})
