import t from 'tap'
import { connectorFileOf } from '../../src/config/connector-file.ts'

const read = (text: string) => connectorFileOf(Buffer.from(text), 'c.json')

t.test('a flat JSON object is a configuration, scalars become text', async t => {
  t.same(read('{"name":"a","tasks.max":2,"x":true}'), { name: 'a', config: { name: 'a', 'tasks.max': '2', x: 'true' }, initialState: undefined })
})

t.test('a request is understood, members it does not know are ignored', async t => {
  t.same(read('{"name":"a","config":{"x":1},"initial_state":"paused","foo":[]}'), { name: 'a', config: { x: '1', name: 'a' }, initialState: 'PAUSED' })
})

t.test('anything else is read as properties', async t => {
  t.same(read('name=a\nx=1\n').config, { name: 'a', x: '1' })
})

t.test('a name must be there, and be one', async t => {
  t.throws(() => read('{"x":"1"}'), { message: 'Connector configuration at \'c.json\' is missing the mandatory \'name\' configuration' })
  t.throws(() => read('x=1'), { message: /missing the mandatory 'name'/ })
  t.throws(() => read('{"name":"a","config":{"name":"b"}}'), { message: 'Connector name configuration in \'config\' doesn\'t match the one specified in \'name\' at \'c.json\'' })
})

t.test('JSON of another shape is told so', async t => {
  t.throws(() => read('{"connectors":[{"name":"a"}]}'), { message: /^Connector configuration at 'c\.json' is JSON, but neither/ })
  t.throws(() => read('{"name":"a","config":{},"initial_state":"asleep"}'), { message: /unknown initial_state 'asleep'/ })
})
