import t from 'tap'
import type { ConnectorState } from '../../src/herder/herder.ts'
import { statusRecords, StatusState, type StoredStatus } from '../../src/storage/status-state.ts'

function status (state: ConnectorState, generation: number, workerId = 'a:8083'): StoredStatus {
  return { state, trace: null, workerId, generation, version: '1' }
}

function apply (state: StatusState, record: { key: string, value: object | null }): void {
  state.apply({ key: Buffer.from(record.key), value: record.value === null ? null : Buffer.from(JSON.stringify(record.value)) })
}

t.test('a task that runs on its new worker is not covered by the late goodbye of the old one', async t => {
  const state = new StatusState()
  apply(state, { key: 'status-task-my-c-0', value: statusRecords.connector('', status('RUNNING', 5, 'b:8083')).value })
  apply(state, { key: 'status-task-my-c-0', value: statusRecords.connector('', status('UNASSIGNED', 4)).value })
  t.match(state.task('my-c', 0), { state: 'RUNNING', workerId: 'b:8083' })
  apply(state, { key: 'status-task-my-c-0', value: statusRecords.connector('', status('UNASSIGNED', 6)).value })
  t.equal(state.task('my-c', 0)?.state, 'UNASSIGNED')
})

t.test('safe writes stop at a newer status of another worker', async t => {
  const state = new StatusState()
  t.ok(state.maySafelyWrite(null, status('FAILED', 1)))
  t.ok(state.maySafelyWrite(status('RUNNING', 9), status('FAILED', 1)))
  t.notOk(state.maySafelyWrite(status('RUNNING', 9, 'b:8083'), status('FAILED', 1)))
})

t.test('what was written is read back, tombstones remove it', async t => {
  const state = new StatusState()
  apply(state, statusRecords.connector('c', status('PAUSED', 2)))
  apply(state, statusRecords.topic({ topic: 'a:connector', connector: 'c', task: 1, discoveredAt: 7 }))
  t.match(state.connector('c'), status('PAUSED', 2))
  t.same(state.topics('c').map(use => use.topic), ['a:connector'])
  apply(state, statusRecords.connector('c', null))
  apply(state, statusRecords.noTopic('a:connector', 'c'))
  t.equal(state.connector('c'), null)
  t.same(state.topics('c'), [])
})
