import { once, EventEmitter } from 'node:events'
import t from 'tap'
import type { Test } from 'tap'
import { AutomaticRestarts, backoffMs } from '../../src/herder/automatic-restarts.ts'
import type { TaskState } from '../../src/herder/herder.ts'

const id = { connector: 'c', task: 0 }

function restarts (t: Test, config: Record<string, string>) {
  const events = new EventEmitter()
  const logged: string[] = []
  const log = { error: (_: object, text: string) => { logged.push(text); events.emit('error-line') }, warn () {}, info () {}, debug () {} }
  const herder = {
    state: 'FAILED' as TaskState,
    connectorInfo: async () => { events.emit('looked'); return { name: 'c', config, tasks: [], type: 'source' as const } },
    taskStatus: async () => { events.emit('asked'); return { id: 0, state: herder.state, worker_id: 'w' } },
    restartTask: async () => { events.emit('restarted') }
  }
  const automatic = new AutomaticRestarts(herder, log)
  t.teardown(() => automatic.close())
  return { automatic, events, logged, herder }
}

t.test('each restart waits twice as long, up to the longest', async t => {
  t.same([0, 1, 2, 3, 100].map(attempt => backoffMs(attempt, 10, 50)), [10, 20, 40, 50, 50])
})

t.test('a failed task is restarted as often as its connector says', async t => {
  const { automatic, events, logged } = restarts(t, { 'restart.max.attempts': '2', 'restart.backoff.ms': '1' })
  for (let i = 0; i < 2; i++) {
    const restarted = once(events, 'restarted')
    automatic.failed(id)
    await restarted
  }
  const given = once(events, 'error-line')
  automatic.failed(id)
  await given
  t.same(logged, ['The task failed again after 2 automatic restarts; it stays failed.'])
})

t.test('a task that ran long enough counts from the beginning', async t => {
  const { automatic, events, logged } = restarts(t, { 'restart.max.attempts': '1', 'restart.backoff.ms': '1', 'restart.backoff.max.ms': '1' })
  for (let i = 0; i < 3; i++) {
    const restarted = once(events, 'restarted')
    automatic.failed(id)
    await restarted
    automatic.running(id)
    const since = performance.now()
    while (performance.now() - since < 3) await new Promise(resolve => { setImmediate(resolve) })
  }
  t.same(logged, [])
})

t.test('without the key nothing is restarted', async t => {
  const { automatic, events } = restarts(t, {})
  const looked = once(events, 'looked')
  let isRestarted = false
  events.on('asked', () => { isRestarted = true })
  automatic.failed(id)
  await looked
  await new Promise(resolve => { setImmediate(resolve) })
  t.notOk(isRestarted)
})

t.test('a task that somebody restarted meanwhile is left alone', async t => {
  const { automatic, events, herder } = restarts(t, { 'restart.max.attempts': '-1', 'restart.backoff.ms': '1' })
  herder.state = 'RUNNING'
  let isRestarted = false
  events.on('restarted', () => { isRestarted = true })
  const asked = once(events, 'asked')
  automatic.failed(id)
  await asked
  await new Promise(resolve => { setImmediate(resolve) })
  t.notOk(isRestarted)
})
