import t from 'tap'
import { restApp } from './rest-app.ts'

const json = { 'content-type': 'application/json' }

t.test('an unknown path is a 404 as JSON without a content type', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject('/nothing')
  t.equal(answer.statusCode, 404)
  t.same(answer.json(), { error_code: 404, message: 'HTTP 404 Not Found' })
  t.equal(answer.headers['content-type'], undefined)
})

t.test('a wrong method is a 405', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'DELETE', url: '/connectors' })
  t.equal(answer.statusCode, 405)
  t.same(answer.json(), { error_code: 405, message: 'HTTP 405 Method Not Allowed' })
})

t.test('an answer that the client does not accept is a 406', async t => {
  const { app } = await restApp(t)
  t.equal((await app.inject({ url: '/connectors', headers: { accept: 'text/plain' } })).statusCode, 406)
  t.equal((await app.inject({ url: '/connectors', headers: { accept: 'text/html, */*;q=0.1' } })).statusCode, 200)
})

t.test('a body of another type, or of none, is a 415', async t => {
  const { app } = await restApp(t)
  for (const headers of [{ 'content-type': 'text/plain' }, {}]) {
    const answer = await app.inject({ method: 'POST', url: '/connectors', headers, payload: 'name=x' })
    t.equal(answer.statusCode, 415)
    t.same(answer.json(), { error_code: 415, message: 'HTTP 415 Unsupported Media Type' })
  }
})

t.test('malformed JSON is a 400 that says why, and shows nothing of the body', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'POST', url: '/connectors', headers: json, payload: '{"name": not' })
  t.equal(answer.statusCode, 400)
  t.equal(answer.json().message, 'The request body is not JSON: Unexpected token \'o\'.')
})

t.test('a missing body is a 400', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'PUT', url: '/connectors/a/config' })
  t.equal(answer.statusCode, 400)
  t.match(answer.json().message, /must be the configuration of the connector/)
})

t.test('a body over the limit is a 413 that names the key', async t => {
  const { app } = await restApp(t, { 'rest.request.max.bytes': '1024' })
  const answer = await app.inject({ method: 'PUT', url: '/connectors/a/config', headers: json, payload: JSON.stringify({ a: 'x'.repeat(2000) }) })
  t.equal(answer.statusCode, 413)
  t.match(answer.json().message, /rest\.request\.max\.bytes/)
})

t.test('HEAD answers as GET does, without a body', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'HEAD', url: '/' })
  t.equal(answer.statusCode, 200)
  t.equal(answer.body, '')
})

t.test('OPTIONS lists the methods', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'OPTIONS', url: '/connectors' })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers.allow, 'HEAD, POST, GET, OPTIONS')
  t.match(answer.headers['content-type'], /^text\/plain/)
})

t.test('a slash at the end makes no difference', async t => {
  const { app } = await restApp(t)
  t.equal((await app.inject('/connectors/')).statusCode, 200)
})

t.test('a request that takes too long is a 500 that says what the worker does', async t => {
  const { app, herder } = await restApp(t, {}, { timeoutMs: 20, stage: () => ({ description: 'reading to the end of the config topic', startedMs: 0, completedMs: null }) })
  herder.connectors = () => new Promise(() => {})
  const answer = await app.inject('/connectors')
  t.equal(answer.statusCode, 500)
  t.same(answer.json(), { error_code: 500, message: 'Request timed out. The worker is currently reading to the end of the config topic, which began at 1970-01-01T00:00:00.000Z.' })
})

t.test('an error nobody expected is a 500 with its message', async t => {
  const { app, herder } = await restApp(t)
  herder.connectors = async () => { throw new Error('broken') }
  const answer = await app.inject('/connectors')
  t.same([answer.statusCode, answer.json()], [500, { error_code: 500, message: 'broken' }])
})
