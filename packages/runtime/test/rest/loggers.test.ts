import t from 'tap'
import { restApp } from './rest-app.ts'

t.test('loggers are listed and read', async t => {
  const { app } = await restApp(t)
  t.same((await app.inject('/admin/loggers')).json(), { root: { level: 'INFO', last_modified: null } })
  t.same((await app.inject('/admin/loggers/root')).json(), { level: 'INFO', last_modified: null })
  t.same((await app.inject('/admin/loggers/nothing')).json(), { error_code: 404, message: 'Logger nothing not found.' })
})

t.test('a level is set in any case, and the changed loggers are told', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'PUT', url: '/admin/loggers/a.b', payload: { level: 'debug' } })
  t.same([answer.statusCode, answer.json()], [200, ['a.b']])
  t.equal((await app.inject('/admin/loggers/a.b')).json().level, 'DEBUG')
})

t.test('for the whole cluster it is a 204', async t => {
  const { app, herder } = await restApp(t)
  t.equal((await app.inject({ method: 'PUT', url: '/admin/loggers/a?scope=cluster', payload: { level: 'WARN' } })).statusCode, 204)
  t.same(herder.calls, [['setClusterLogLevel', 'a', 'WARN']])
})

t.test('a missing level is a 400, a wrong one a 404', async t => {
  const { app } = await restApp(t)
  t.same((await app.inject({ method: 'PUT', url: '/admin/loggers/a', payload: {} })).json(), { error_code: 400, message: 'Desired \'level\' parameter was not specified in request.' })
  t.same((await app.inject({ method: 'PUT', url: '/admin/loggers/a', payload: { level: 'loud' } })).json(), { error_code: 404, message: 'invalid log level \'loud\'.' })
})

t.test('with admin listeners the normal ones have no loggers', async t => {
  const { app } = await restApp(t, { 'admin.listeners': '' })
  t.equal((await app.inject('/admin/loggers')).statusCode, 404)
})
