import t from 'tap'
import type { Test } from 'tap'
import { RestError } from '../../src/herder/rest-error.ts'
import { startRest } from '../../src/rest/server.ts'
import type { Rest } from '../../src/rest/server.ts'
import { MemoryHerder } from './memory-herder.ts'
import { restContext } from './rest-app.ts'

async function worker (t: Test): Promise<{ rest: Rest, herder: MemoryHerder }> {
  const { context } = await restContext()
  const rest = await startRest(context)
  t.teardown(() => rest.close())
  const herder = new MemoryHerder()
  rest.serve(herder)
  return { rest, herder }
}

const create = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'a', config: { x: '1' } }) }

t.test('what another worker must do is done there, and answered as if here', async t => {
  const follower = await worker(t)
  const leader = await worker(t)
  follower.herder.putConnector = async () => { throw new RestError(409, 'not the leader', { forwardTo: leader.rest.url }) }
  const answer = await fetch(`${follower.rest.url}connectors`, create)
  t.equal(answer.status, 201)
  t.equal(answer.headers.get('location'), `${follower.rest.url}connectors/a`)
  t.equal((await answer.json() as { name: string }).name, 'a')
  t.ok(leader.herder.entries.has('a'))
})

t.test('the other worker\'s refusal is answered', async t => {
  const follower = await worker(t)
  const leader = await worker(t)
  follower.herder.deleteConnector = async () => { throw new RestError(409, 'not the leader', { forwardTo: leader.rest.url }) }
  const answer = await fetch(`${follower.rest.url}connectors/a`, { method: 'DELETE' })
  t.same([answer.status, await answer.json()], [404, { error_code: 404, message: 'Connector a not found' }])
})

t.test('a request goes two hops, no more', async t => {
  const first = await worker(t)
  const second = await worker(t)
  first.herder.restartTask = async () => { throw new RestError(409, 'elsewhere', { forwardTo: second.rest.url }) }
  second.herder.restartTask = async () => { throw new RestError(409, 'elsewhere', { forwardTo: first.rest.url }) }
  const answer = await fetch(`${first.rest.url}connectors/a/tasks/0/restart`, { method: 'POST' })
  t.same([answer.status, await answer.json()], [409, { error_code: 409, message: 'Cannot complete request because of a conflicting operation (e.g. worker rebalance)' }])
})

t.test('a worker that cannot be reached is a 500', async t => {
  const first = await worker(t)
  const gone = await startRest((await restContext()).context)
  await gone.close()
  first.herder.restartTask = async () => { throw new RestError(409, 'elsewhere', { forwardTo: gone.url }) }
  const answer = await fetch(`${first.rest.url}connectors/a/tasks/0/restart`, { method: 'POST' })
  t.equal(answer.status, 500)
  t.match((await answer.json() as { message: string }).message, /^IO Error trying to forward REST request: .*ECONNREFUSED/)
})

t.test('a leader that nobody knows is a 409', async t => {
  const first = await worker(t)
  first.herder.restartTask = async () => { throw new RestError(409, 'elsewhere', { forwardTo: '' }) }
  const answer = await fetch(`${first.rest.url}connectors/a/tasks/0/restart`, { method: 'POST' })
  t.equal(answer.status, 409)
  t.match((await answer.json() as { message: string }).message, /no known leader URL/)
})

t.test('the signature of an internal request goes along with the very bytes it covers', async t => {
  const follower = await worker(t)
  const leader = await worker(t)
  follower.herder.putTaskConfigs = async () => { throw new RestError(409, 'elsewhere', { forwardTo: leader.rest.url }) }
  const body = '[ {"a":1} ]'
  const headers = { 'content-type': 'application/json', 'x-connect-authorization': 'c2ln', 'x-connect-request-signature-algorithm': 'HmacSHA256' }
  const answer = await fetch(`${follower.rest.url}connectors/a/tasks`, { method: 'POST', headers, body })
  t.equal(answer.status, 204)
  t.same(leader.herder.calls, [['putTaskConfigs', 'a', [{ a: '1' }], { key: 'c2ln', algorithm: 'HmacSHA256' }, Buffer.from(body)]])
})
