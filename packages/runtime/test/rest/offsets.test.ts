import t from 'tap'
import { restApp } from './rest-app.ts'

const connector = { method: 'PUT', url: '/connectors/a/config', payload: { x: '1' } } as const

t.test('offsets past 2^53 come back as they went in', async t => {
  const { app } = await restApp(t)
  await app.inject(connector)
  const payload = '{"offsets":[{"partition":{"shard":"s"},"offset":{"position":9007199254740993}}]}'
  const answer = await app.inject({ method: 'PATCH', url: '/connectors/a/offsets', headers: { 'content-type': 'application/json' }, payload })
  t.same([answer.statusCode, answer.json()], [200, { message: 'altered' }])
  t.equal((await app.inject('/connectors/a/offsets')).body, payload)
})

t.test('a change without offsets is refused', async t => {
  const { app } = await restApp(t)
  for (const payload of [{}, { offsets: [] }]) {
    const answer = await app.inject({ method: 'PATCH', url: '/connectors/a/offsets', payload })
    t.same([answer.statusCode, answer.json().message], [400, 'Partitions / offsets need to be provided for an alter offsets request'])
  }
})

t.test('a null offset means reset, a null partition is left to the herder', async t => {
  const { app, herder } = await restApp(t)
  await app.inject(connector)
  await app.inject({ method: 'PATCH', url: '/connectors/a/offsets', payload: { offsets: [{ partition: { p: 1 }, offset: null }, { offset: { o: 1 } }] } })
  t.same(herder.entries.get('a')?.offsets, [{ partition: { p: 1 }, offset: null }, { partition: null, offset: { o: 1 } }])
})

t.test('an offset that is no object is a 400 that names its place', async t => {
  const { app } = await restApp(t)
  const answer = await app.inject({ method: 'PATCH', url: '/connectors/a/offsets', payload: { offsets: [{ partition: {}, offset: 5 }] } })
  t.equal(answer.statusCode, 400)
  t.match(answer.json().message, '"offset" of "offsets" item 0')
})

t.test('offsets can be reset', async t => {
  const { app } = await restApp(t)
  await app.inject(connector)
  t.same((await app.inject({ method: 'DELETE', url: '/connectors/a/offsets' })).json(), { message: 'reset' })
})

t.test('topics are listed and reset', async t => {
  const { app, herder } = await restApp(t)
  t.same((await app.inject('/connectors/a/topics')).json(), { a: { topics: ['topic-of-a'] } })
  const answer = await app.inject({ method: 'PUT', url: '/connectors/a/topics/reset' })
  t.same([answer.statusCode, herder.calls], [202, [['resetActiveTopics', 'a']]])
})

t.test('topics are a 403 when they are not tracked, or not to be reset', async t => {
  const { app } = await restApp(t, { 'topic.tracking.enable': 'false' })
  t.same((await app.inject('/connectors/a/topics')).json(), { error_code: 403, message: 'Topic tracking is disabled.' })
  const { app: second } = await restApp(t, { 'topic.tracking.allow.reset': 'false' })
  t.same((await second.inject({ method: 'PUT', url: '/connectors/a/topics/reset' })).json(), { error_code: 403, message: 'Topic tracking reset is disabled.' })
})
