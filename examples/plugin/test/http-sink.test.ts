import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { parseConfig, sinkRecord, TypedNumber, type SinkRecord } from '@tributary/plugin'
import { httpSink } from '../src/http-sink.ts'
import { sinkContext } from './context.ts'

/** A real server that answers each request with what `answer` says to its body. */
async function server (t: TestContext, answer: (body: string) => number): Promise<string> {
  const http = createServer((request, response) => {
    void request.setEncoding('utf8').toArray().then(parts => {
      response.statusCode = answer(parts.join(''))
      response.end()
    })
  }).listen(0, '127.0.0.1')
  t.after(() => { http.close() })
  await once(http, 'listening')
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`
}

const records = (...values: unknown[]): SinkRecord[] => values.map((value, offset) => sinkRecord({ topic: 'a', partition: 0, offset, value }))

test('values arrive as JSON arrays of at most batch.size', async t => {
  const bodies: string[] = []
  const url = await server(t, body => { bodies.push(body); return 200 })
  const task = await httpSink.start(sinkContext(httpSink, { 'http.url': url, 'batch.size': '2' }))
  await task.put(records('a', { n: 9007199254740993n, price: new TypedNumber('float64', 1, '1.0') }, null))
  assert.deepEqual(bodies, ['["a",{"n":9007199254740993,"price":1.0}]', '[null]'])
})

test('a server that is busy makes the worker try again', async t => {
  const url = await server(t, () => 503)
  const task = await httpSink.start(sinkContext(httpSink, { 'http.url': url }))
  await assert.rejects(async () => await task.put(records('a')), { kind: 'transient' })
})

test('a refused record is reported alone, the others arrive', async t => {
  const taken: string[] = []
  const url = await server(t, body => {
    if (body.includes('bad')) return 400
    taken.push(body)
    return 200
  })
  const reported: unknown[] = []
  const task = await httpSink.start(sinkContext(httpSink, { 'http.url': url }, { report: async record => { reported.push(record.value) } }))
  await task.put(records('a', 'b', 'bad', 'c'))
  assert.deepEqual(reported, ['bad'])
  assert.deepEqual(taken, ['["a","b"]', '["c"]'])
})

test('a wrong URL is refused with what is allowed', () => {
  assert.deepEqual(parseConfig(httpSink.config, { 'http.url': 'example' }).problems.map(({ message }) => message), [
    'Invalid value example for configuration http.url: must be a URL such as https://example.com/records'
  ])
})
