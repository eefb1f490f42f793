import t from 'tap'
import { connectorWarnings } from '../../src/config/connector-warnings.ts'
import { onePlugin } from '../rest/rest-app.ts'

const config = { name: 'q', 'connector.class': 'QueueSource', 'queue.url': 'u' }

t.test('a mistyped key is told with the key that was meant', async t => {
  t.same(await connectorWarnings({ ...config, 'queue.ulr': 'v', 'task.max': '2' }, onePlugin), [
    'Unknown key "queue.ulr" in connector "q": did you mean "queue.url"?', 'Unknown key "task.max" in connector "q": did you mean "tasks.max"?'
  ])
})

t.test('keys of clients, converters and topics are known to others', async t => {
  t.same(await connectorWarnings({ ...config, 'producer.override.acks': '1', 'key.converter.x': '1', 'topic.creation.default.partitions': '1' }, onePlugin), [])
})
