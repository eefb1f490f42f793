import { Counter, Registry } from 'prom-client'
import t from 'tap'
import { restApp } from './rest-app.ts'

t.test('the root tells version and cluster', async t => {
  const { app } = await restApp(t)
  t.equal((await app.inject('/')).headers['content-type'], 'application/json')
  t.same((await app.inject('/')).json(), { version: '4.3.1', commit: 'abc', kafka_cluster_id: 'cluster' })
})

t.test('health is 200, 503 or 500', async t => {
  const { app, herder } = await restApp(t)
  t.equal((await app.inject('/health')).statusCode, 200)
  herder.workerHealth = { status: 'starting', message: 'm' }
  t.equal((await app.inject('/health')).statusCode, 503)
  herder.workerHealth = { status: 'unhealthy', message: 'm' }
  t.equal((await app.inject('/health')).statusCode, 500)
})

t.test('a herder that does not answer is starting at first, unhealthy later', async t => {
  const { app, herder } = await restApp(t, {}, { timeoutMs: 50 })
  herder.workerHealth = null
  t.same([(await app.inject('/health')).statusCode, (await app.inject('/health')).json()], [503, { status: 'starting', message: 'Worker is still starting up.' }])
  herder.workerHealth = { status: 'healthy', message: 'm' }
  await app.inject('/health')
  herder.workerHealth = null
  t.equal((await app.inject('/health')).statusCode, 500)
})

t.test('the description lists every route', async t => {
  const { app } = await restApp(t)
  const { openapi, paths } = (await app.inject('/openapi.json')).json()
  t.equal(openapi, '3.1.0')
  t.same(Object.keys(paths['/connectors/{connector}/offsets']), ['get', 'patch', 'delete'])
  t.ok(paths['/connectors'].post.requestBody)
})

t.test('metrics are text', async t => {
  const metrics = new Registry()
  new Counter({ name: 'things_total', help: 'Things', registers: [metrics] }).inc()
  const { app } = await restApp(t, {}, { metrics })
  const answer = await app.inject({ url: '/metrics', headers: { accept: 'text/plain' } })
  t.equal(answer.statusCode, 200)
  t.match(answer.body, 'things_total 1')
})

t.test('configured headers are in every answer', async t => {
  const { app } = await restApp(t, { 'response.http.headers.config': 'set X-Frame-Options:DENY, "add Cache-Control: no-cache, no-store"' })
  const { headers } = await app.inject('/')
  t.equal(headers['x-frame-options'], 'DENY')
  t.equal(headers['cache-control'], 'no-cache, no-store')
})

t.test('pages of configured origins may call, others get no header', async t => {
  const { app } = await restApp(t, { 'access.control.allow.origin': 'https://ui\\.example\\.com', 'access.control.allow.methods': 'GET,PUT' })
  const origin = 'https://ui.example.com'
  t.equal((await app.inject({ url: '/', headers: { origin } })).headers['access-control-allow-origin'], origin)
  t.equal((await app.inject({ url: '/', headers: { origin: 'https://evil.example.com' } })).headers['access-control-allow-origin'], undefined)
  const preflight = await app.inject({ method: 'OPTIONS', url: '/connectors', headers: { origin, 'access-control-request-method': 'PUT' } })
  t.same([preflight.statusCode, preflight.headers['access-control-allow-methods']], [200, 'GET,PUT'])
})
