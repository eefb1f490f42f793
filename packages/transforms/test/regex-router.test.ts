import t from 'tap'
import { regexRouter } from '../src/regex-router.ts'
import { apply } from './apply.ts'

function route (regex: string, replacement: string, topic: string): string | undefined {
  return apply(regexRouter, { regex, replacement }, { topic })?.topic
}

t.test('a topic that matches as a whole is replaced', async t => {
  t.equal(route('(.*)-(\\d+)', '$2_$1', 'orders-7'), '7_orders')
  t.equal(route('order', 'x', 'orders'), 'orders')
  t.equal(route('(?i)ORDERS', 'x', 'orders'), 'x')
})

t.test('the first match is replaced, which may be shorter than the topic', async t => {
  t.equal(route('o|orders', 'x', 'orders'), 'xrders')
})

t.test('the replacement is Java\'s', async t => {
  t.equal(route('(?<name>\\w+)', '${name}-\\$1-$12', 'orders'), 'orders-$1-orders2')
  t.throws(() => route('\\w+', '$1', 'orders'), { message: 'No group 1' })
  t.throws(() => route('\\w+', '$', 'orders'), /group index is missing/)
})

t.test('a wrong expression is refused with Java\'s message', async t => {
  t.throws(() => route('[', 'x', 'orders'), /Invalid value \[ for configuration regex: Invalid regex: Unclosed character class near index 0/)
})
