import t from 'tap'
import { restApp } from './rest-app.ts'

t.test('plugins are listed with type and version', async t => {
  const { app } = await restApp(t)
  t.same((await app.inject('/connector-plugins')).json(), [{ class: 'com.example.QueueSourceConnector', type: 'source', version: '1.2' }])
})

t.test('a plugin shows its own keys first, then those of all connectors', async t => {
  const { app } = await restApp(t)
  const keys = (await app.inject('/connector-plugins/QueueSource/config')).json() as { name: string }[]
  t.same(keys.slice(0, 3).map(({ name }) => name), ['queue.url', 'queue.password', 'name'])
})

t.test('an unknown plugin is a 404, a wrong version a 400', async t => {
  const { app } = await restApp(t)
  t.same((await app.inject('/connector-plugins/Nothing/config')).json(), { error_code: 404, message: 'Unknown plugin Nothing.' })
  t.same((await app.inject('/connector-plugins/QueueSource/config?version=[1')).json(), { error_code: 400, message: 'Invalid version specification: [1' })
})

t.test('a configuration is validated, secrets hidden', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'PUT', url: '/connector-plugins/QueueSource/config/validate', payload: { 'connector.class': 'QueueSource', name: 'q', 'queue.password': 'hunter2' } })
  t.equal(answer.statusCode, 200)
  const infos = answer.json()
  t.equal(infos.name, 'QueueSource')
  t.equal(infos.error_count, 1)
  const value = (name: string) => infos.configs.find((one: { value: { name: string } }) => one.value.name === name).value
  t.same(value('queue.url').errors, ['Missing required configuration "queue.url" which has no default value.'])
  t.equal(value('queue.password').value, '[hidden]')
})

t.test('the class of the configuration must be the one of the path', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'PUT', url: '/connector-plugins/Other/config/validate', payload: { 'connector.class': 'QueueSource' } })
  t.same([answer.statusCode, answer.json().message], [400, 'Included connector type QueueSource does not match request type Other'])
})

t.test('a class that nobody knows is a 400 that lists the known ones', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'PUT', url: '/connector-plugins/Nothing/config/validate', payload: { 'connector.class': 'Nothing' } })
  t.same([answer.statusCode, answer.json().message], [400, 'Failed to find any class that implements Connector and which name matches Nothing, available connectors are: com.example.QueueSourceConnector'])
})
