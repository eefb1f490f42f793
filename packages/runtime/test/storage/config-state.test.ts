import t from 'tap'
import { configRecords, ConfigState, type ConfigChange, type ConfigRecord } from '../../src/storage/config-state.ts'

/** Feeds records as a topic would. */
class Topic {
  readonly state = new ConfigState()
  #offset = 0

  write (record: ConfigRecord | { key: string, value: unknown }, live = true): ConfigChange | null {
    return this.state.apply({ offset: this.#offset++, key: Buffer.from(record.key), value: record.value === null ? null : Buffer.from(JSON.stringify(record.value)) }, { live })
  }

  writeRaw (key: string, value: string): ConfigChange | null {
    return this.state.apply({ offset: this.#offset++, key: Buffer.from(key), value: Buffer.from(value) }, { live: true })
  }
}

t.test('task configurations count only once they are committed, all at once', async t => {
  const topic = new Topic()
  topic.write(configRecords.connector('c', { a: '1' }))
  topic.write(configRecords.task('c', 0, { n: '0' }))
  topic.write(configRecords.task('c', 1, { n: '1' }))
  t.same(topic.state.tasks('c'), [])
  t.same(topic.write(configRecords.commit('c', 2)), { kind: 'tasks', connector: 'c' })
  t.same(topic.state.tasks('c'), [{ n: '0' }, { n: '1' }])
  topic.write(configRecords.task('c', 0, { n: 'new' }))
  t.same(topic.state.tasks('c'), [{ n: '0' }, { n: '1' }])
})

t.test('a commit without all of its tasks leaves the connector without tasks until the next good one', async t => {
  const topic = new Topic()
  topic.write(configRecords.connector('c', {}))
  topic.write(configRecords.task('c', 1, {}))
  topic.write(configRecords.commit('c', 2))
  t.ok(topic.state.isInconsistent('c'))
  t.same(topic.state.tasks('c'), [])
  topic.write(configRecords.commit('c', 0))
  t.notOk(topic.state.isInconsistent('c'))
  t.same(topic.state.configured(), new Map([['c', 0]]))
})

t.test('a deleted connector leaves nothing behind, and its name may have dashes', async t => {
  const topic = new Topic()
  topic.write(configRecords.connector('a-1', {}))
  topic.write(configRecords.task('a-1', 0, { x: 'y' }))
  topic.write(configRecords.commit('a-1', 1))
  t.same(topic.state.tasks('a-1'), [{ x: 'y' }])
  topic.write(configRecords.targetState('a-1', 'STOPPED'))
  t.equal(topic.state.targetState('a-1'), 'STOPPED')
  t.same(topic.write(configRecords.connector('a-1', null)), { kind: 'connector-removed', connector: 'a-1' })
  t.same([topic.state.connectors(), topic.state.tasks('a-1'), topic.state.targetState('a-1')], [[], [], 'STARTED'])
})

t.test('a stopped connector is written so that old workers see it paused, and read from both forms', async t => {
  const topic = new Topic()
  topic.write(configRecords.connector('c', {}))
  t.same(configRecords.targetState('c', 'STOPPED').value, { state: 'PAUSED', 'state.v2': 'STOPPED' })
  topic.write({ key: 'target-state-c', value: { state: 'PAUSED' } })
  t.equal(topic.state.targetState('c'), 'PAUSED')
})

t.test('requests of the past are not carried out again', async t => {
  const topic = new Topic()
  const restart = configRecords.restart({ connector: 'c', includeTasks: true, onlyFailed: false })
  t.equal(topic.write(restart, false), null)
  t.same(topic.write(restart), { kind: 'restart', request: { connector: 'c', includeTasks: true, onlyFailed: false } })
})

t.test('a commit asks for a fencing, and a fencing record ends that', async t => {
  const topic = new Topic()
  topic.write(configRecords.connector('c', {}))
  topic.write(configRecords.commit('c', 0))
  t.ok(topic.state.needsFencing('c'))
  topic.write(configRecords.fencing('c', 3))
  t.notOk(topic.state.needsFencing('c'))
  t.equal(topic.state.fencedTasks('c'), 3)
})

t.test('a record that cannot be read does not move the config offset, one that makes no sense does', async t => {
  const topic = new Topic()
  topic.write(configRecords.connector('c', {}))
  t.throws(() => topic.writeRaw('connector-d', '{'))
  t.equal(topic.state.offset, 1)
  t.throws(() => topic.write({ key: 'what', value: {} }), /none of Connect's: what/)
  t.equal(topic.state.offset, 3)
})
