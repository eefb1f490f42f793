import t from 'tap'
import { restApp } from './rest-app.ts'
import { RestError } from '../../src/herder/rest-error.ts'

const create = (name: string, more: object = {}) => ({ method: 'POST', url: '/connectors', payload: { name, config: { 'connector.class': 'X' }, ...more } } as const)

t.test('a new connector is a 201 with its address', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ ...create('a b/c'), headers: { host: 'localhost:8083' } })
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers.location, 'http://localhost:8083/connectors/a%20b/c')
  t.same(answer.json(), { name: 'a b/c', config: { 'connector.class': 'X', name: 'a b/c' }, tasks: [{ connector: 'a b/c', task: 0 }], type: 'source' })
})

t.test('numbers and booleans of a configuration become text', async t => {
  const { app, herder } = await restApp(t)
  await app.inject(create('a', { config: { n: 1, b: true } }))
  t.same(herder.entries.get('a')?.config, { n: '1', b: 'true', name: 'a' })
})

t.test('an initial state is taken in any case', async t => {
  const { app, herder } = await restApp(t)
  await app.inject(create('a', { initial_state: 'stopped' }))
  t.equal(herder.entries.get('a')?.state, 'STOPPED')
})

t.test('a wrong initial state, a field too many and an array as value are 400s that name them', async t => {
  const { app } = await restApp(t)
  const messageOf = async (more: object) => {
    const answer = await app.inject(create('a', more))
    t.equal(answer.statusCode, 400)
    return answer.json().message as string
  }
  t.match(await messageOf({ initial_state: 'asleep' }), 'Unknown initial_state "asleep"')
  t.match(await messageOf({ foo: 1 }), 'Unrecognized field "foo"')
  t.match(await messageOf({ config: { list: [1] } }), 'The value of "list" must be text')
})

t.test('a name in the configuration must be the one of the request', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject(create('a', { config: { name: 'b' } }))
  t.same([answer.statusCode, answer.json().message], [400, 'Connector name configuration (b) doesn\'t match connector name in the URL (a)'])
})

t.test('the same name twice is a 409', async t => {
  const { app } = await restApp(t)
  await app.inject(create('a'))
  t.equal((await app.inject(create('a'))).statusCode, 409)
})

t.test('PUT creates with 201 and replaces with 200', async t => {
  const { app } = await restApp(t)
  const put = { method: 'PUT', url: '/connectors/a/config', payload: { x: '1' } } as const
  const first = await app.inject(put)
  t.equal(first.statusCode, 201)
  t.match(first.headers.location, /\/connectors\/a$/)
  const second = await app.inject(put)
  t.equal(second.statusCode, 200)
  t.equal(second.headers.location, undefined)
})

t.test('PATCH removes with null', async t => {
  const { app } = await restApp(t)
  await app.inject({ method: 'PUT', url: '/connectors/a/config', payload: { x: '1', y: '2' } })
  const answer = await app.inject({ method: 'PATCH', url: '/connectors/a/config', payload: { x: null, z: 3 } })
  t.same(answer.json().config, { y: '2', z: '3', name: 'a' })
})

t.test('the list is names, or a map of what was asked for', async t => {
  const { app } = await restApp(t)
  await app.inject(create('a'))
  t.same((await app.inject('/connectors')).json(), ['a'])
  t.same(Object.keys((await app.inject('/connectors?expand=status&expand=info')).json().a), ['status', 'info'])
  t.same((await app.inject('/connectors?expand=nonsense')).json(), { a: {} })
})

t.test('a connector without a status yet is left out of the map', async t => {
  const { app, herder } = await restApp(t)
  await app.inject(create('a'))
  herder.connectorStatus = async () => { throw new RestError(404, 'No status found for connector a') }
  t.same((await app.inject('/connectors?expand=status')).json(), {})
})

t.test('a connector can be read by every part', async t => {
  const { app } = await restApp(t)
  await app.inject(create('a'))
  t.equal((await app.inject('/connectors/a')).json().name, 'a')
  t.same((await app.inject('/connectors/a/config')).json(), { 'connector.class': 'X', name: 'a' })
  t.equal((await app.inject('/connectors/a/status')).json().connector.version, null)
  t.same((await app.inject('/connectors/a/tasks')).json()[0].id, { connector: 'a', task: 0 })
  t.equal((await app.inject('/connectors/a/tasks/0/status')).json().state, 'RUNNING')
})

t.test('a task that is no number is no path', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject('/connectors/a/tasks/x/status')
  t.same([answer.statusCode, answer.json().message], [404, 'HTTP 404 Not Found'])
})

t.test('pause and resume are 202, stop and delete 204, all without a body', async t => {
  const { app, herder } = await restApp(t)
  await app.inject(create('a'))
  for (const [method, path, status] of [['PUT', '/pause', 202], ['PUT', '/resume', 202], ['PUT', '/stop', 204], ['DELETE', '', 204]] as const) {
    const answer = await app.inject({ method, url: `/connectors/a${path}` })
    t.same([answer.statusCode, answer.body], [status, ''])
  }
  t.equal(herder.entries.size, 0)
})

t.test('a restart is 204 alone, 202 with a status when it covers more', async t => {
  const { app, herder } = await restApp(t)
  await app.inject(create('a'))
  t.equal((await app.inject({ method: 'POST', url: '/connectors/a/restart' })).statusCode, 204)
  const answer = await app.inject({ method: 'POST', url: '/connectors/a/restart?includeTasks=true&onlyFailed=true' })
  t.same([answer.statusCode, answer.json().name], [202, 'a'])
  t.same(herder.calls.at(-1), ['restartConnector', 'a', { includeTasks: true, onlyFailed: true }])
  t.equal((await app.inject({ method: 'POST', url: '/connectors/a/tasks/0/restart' })).statusCode, 204)
})

t.test('delete can reset offsets', async t => {
  const { app, herder } = await restApp(t)
  await app.inject(create('a'))
  await app.inject({ method: 'DELETE', url: '/connectors/a?reset_offsets=true' })
  t.same(herder.calls.at(-1), ['deleteConnector', 'a', { resetOffsets: true }])
})

t.test('a name with a slash can be addressed', async t => {
  const { app } = await restApp(t)
  await app.inject(create('a/b'))
  t.equal((await app.inject('/connectors/a%2Fb')).json().name, 'a/b')
})

t.test('secrets are masked on demand, references to providers are not', async t => {
  const { app } = await restApp(t, { 'rest.password.mask': 'true' })
  const config = { 'connector.class': 'QueueSource', 'queue.url': 'u', 'queue.password': 'hunter2', 'producer.override.sasl.jaas.config': 'x' }
  await app.inject({ method: 'PUT', url: '/connectors/a/config', payload: config })
  t.same((await app.inject('/connectors/a/config')).json(), { ...config, name: 'a', 'queue.password': '[hidden]', 'producer.override.sasl.jaas.config': '[hidden]' })
  await app.inject({ method: 'PUT', url: '/connectors/b/config', payload: { ...config, 'queue.password': '${file:/etc/s:pw}' } })
  t.equal((await app.inject('/connectors/b')).json().config['queue.password'], '${file:/etc/s:pw}')
})

t.test('what only a rebalance forbids is tried again as long as configured', async t => {
  const { app, herder } = await restApp(t, { 'rest.conflict.wait.ms': '5000' })
  let calls = 0
  herder.pauseConnector = async () => {
    if (++calls < 3) throw new RestError(409, 'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)')
  }
  t.equal((await app.inject({ method: 'PUT', url: '/connectors/a/pause' })).statusCode, 202)
  t.equal(calls, 3)
})
